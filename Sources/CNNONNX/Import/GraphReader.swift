import CNNGraph
import CNNImport
import CNNSpec

/// Makes layers of an ONNX model's nodes.
enum GraphReader {
  /// - Parameter constants: inputs of the model that are given a value, so that they are no inputs of the network.
  /// - Throws: `model-file` for a model that is damaged, `unsupported-model` with all nodes that no layers can be made of.
  static func graph(
    of file: ModelFile, constants: [String: TensorProto] = [:]
  ) throws(Diagnostics) -> ImportedGraph {
    let operatorSet = try operatorSet(file)
    let order = try GraphOrder(file, constants: constants)
    guard order.inputs.count == 1 else {
      let names = order.inputs.map { "`\($0.name)`" }.joined(separator: ", ")
      throw unsupported(
        file,
        "a network has one input, the model has \(order.inputs.count)\(names.isEmpty ? "" : ": \(names)")",
        help: "export the model with all but the image as constants")
    }
    let dimensions = try dimensions(of: order.inputs[0], file)
    guard let input = NetworkBuilder.shape(of: dimensions) else {
      throw unsupported(file, "the input's dimensions \(dimensions) are past 64 bits")
    }
    let reading = TensorReading(folder: file.folder)
    let builder = NetworkBuilder(
      batch: dimensions[0], keepsNames: file.model.producerName == ExportedModel.producer,
      initializers: order.initializers, uses: order.uses, reading: reading)
    builder.set(order.inputs[0].name, .activation(Activation(.input, input, dimensions)))
    try run(ImportStep.steps(order, reading: reading), file, operatorSet, builder)
    var outputs: [ImportedLayer.Source] = []
    var returned = Set<ImportedLayer.Source>()
    for output in file.model.graph.outputs {
      outputs.append(try result(output, file, builder, besides: returned))
      returned.formUnion(outputs.suffix(1))
    }
    if let excess = builder.excessParameters {
      throw unsupported(
        file, "the layers have \(excess) parameters more than the file's tensors have numbers",
        help: "layers that share a tensor get weights of their own: \(MadeElements.most) of them at most")
    }
    var graph = ImportedGraph(input: input, layers: builder.layers, outputs: outputs)
    graph.outputHints = file.model.graph.outputs.map { Hint($0.name, .tensor) }
    return described(graph, by: file.model.metadata)
  }

  /// The network with what the model's metadata says of it.
  private static func described(_ graph: ImportedGraph, by metadata: [StringStringEntry]) -> ImportedGraph {
    var graph = graph
    var reading = MetadataReading(metadata)
    if case .layer(let index)? = graph.outputs.first {
      graph.classes = reading.classes(channels: graph.layers[index].shape.channels)
    }
    graph.preprocessing = reading.preprocessing(graph.input)
    let connections = reading.connections()
    graph.notes = reading.notes
    for (name, table) in connections.sorted(by: { $0.key < $1.key }) {
      let isSound = graph.connect(name, table)
      if !isSound {
        graph.notes.append("the model's metadata has connections of `\(name)`, which does not compute so")
      }
    }
    return graph
  }

  // MARK: The model's outside

  private static func unsupported(_ file: ModelFile, _ message: String, help: String...) -> Diagnostics {
    Diagnostics(Diagnostic(.unsupportedModel, message, at: .file(file.path), help: help))
  }

  private static func operatorSet(_ file: ModelFile) throws(Diagnostics) -> Int {
    guard let version = file.model.operatorSet else {
      throw unsupported(
        file, "the model uses none of ONNX's own operators", help: "is it one of a network, and not of trees?"
      )
    }
    guard OperatorTable.operatorSets.contains(version) else {
      let (first, last) = (OperatorTable.operatorSets.lowerBound, OperatorTable.operatorSets.upperBound)
      throw unsupported(
        file, "the model is written in opset \(version), expected \(first) to \(last)",
        help: "`onnx.version_converter` converts it")
    }
    return version
  }

  /// The input's dimensions, with 1 for a batch that a run decides.
  private static func dimensions(of input: ValueInfoProto, _ file: ModelFile) throws(Diagnostics) -> [Int] {
    guard case .tensor(let type, let shape?) = input.type, type == TensorProto.ElementType.float.rawValue,
      !shape.dimensions.isEmpty
    else {
      throw unsupported(
        file, "the input `\(input.name)` is no float32 tensor with dimensions",
        help: "export the model with a float32 input of batch x channels x height x width")
    }
    var sizes: [Int] = []
    for (index, dimension) in shape.dimensions.enumerated() {
      switch dimension {
      case .size(let size) where size > 0: sizes.append(size)
      case .size(0...0), .symbol, .unknown:
        guard index == 0 else {
          throw unsupported(
            file, "the input `\(input.name)` leaves its dimension \(index) open",
            help: "export the model with a fixed size of images, or fix it: `onnx.tools.update_model_dims`")
        }
        sizes.append(1)
      case .size(let size): throw unsupported(file, "the input `\(input.name)` has the dimension \(size)")
      }
    }
    guard sizes.count <= 16, CheckedInteger.product(sizes).value != nil else {
      throw unsupported(file, "the input's dimensions \(sizes) are past 64 bits")
    }
    return sizes
  }

  /// What computes an output, in the shape of its dimensions.
  /// - Parameter others: the outputs before it; a spec returns each value once.
  private static func result(
    _ output: ValueInfoProto, _ file: ModelFile, _ builder: NetworkBuilder,
    besides others: Set<ImportedLayer.Source>
  ) throws(Diagnostics) -> ImportedLayer.Source {
    guard case .activation(let value)? = try? builder.value(named: output.name),
      let shape = NetworkBuilder.shape(of: value.dimensions)
    else {
      throw unsupported(
        file, "the output `\(output.name)` does not depend on the input",
        help: "leave it out of the model's outputs")
    }
    if case .tensor(_, let declared?) = output.type {
      let isKept = zip(declared.dimensions, value.dimensions).dropFirst().allSatisfy { said, found in
        if case .size(let size) = said { size == found } else { true }
      }
      guard isKept, declared.dimensions.isEmpty || declared.dimensions.count == value.dimensions.count else {
        throw ModelFile.bad(
          file.path,
          "the output `\(output.name)` is said to be \(declared.dimensions), its node makes \(value.dimensions)",
          help: "the model is damaged, or its shapes are those of another version of it")
      }
    }
    let source = builder.reshape(value, to: shape)
    if case .layer = source, !others.contains(source) { return source }
    return builder.add(ImportedLayer("identity", of: [source], shape: shape))
  }

  // MARK: Nodes

  private static func run(
    _ steps: [ImportStep], _ file: ModelFile, _ operatorSet: Int, _ builder: NetworkBuilder
  ) throws(Diagnostics) {
    var unsupported: [String] = []
    var damaged: [String] = []
    for step in steps {
      let node = step.node
      do throws(Refusal) {
        try apply(NodeContext(node: node, operatorSet: operatorSet, builder: builder), step.rule)
      } catch {
        let name = GraphOrder.name(node)
        let version = node.isOfONNX ? "opset \(operatorSet)" : node.domain
        switch error {
        case .unsupported(let reason):
          unsupported.append("\(name) (\(node.operatorType), \(version)): \(reason)")
        case .damaged(let reason): damaged.append("\(name) (\(node.operatorType)): \(reason)")
        case .dependent: break
        }
        for output in node.outputs { builder.set(output, .unknown) }
      }
    }
    var findings: [Diagnostic] = []
    if !damaged.isEmpty {
      let tensors = damaged.count == 1 ? "a tensor" : "\(damaged.count) tensors"
      findings.append(
        Diagnostic(
          .modelFile, "\(tensors) cannot be read", at: .file(file.path), help: Findings.listed(damaged)))
    }
    if !unsupported.isEmpty {
      let nodes = unsupported.count == 1 ? "1 node" : "\(unsupported.count) nodes"
      findings.append(
        Diagnostic(
          .unsupportedModel, "\(nodes) cannot be imported", at: .file(file.path),
          help: Findings.listed(unsupported)))
    }
    if !findings.isEmpty { throw Diagnostics(findings) }
  }

  /// - Parameter compound: the rule, where the node stands for several.
  private static func apply(_ context: NodeContext, _ compound: OperatorRule?) throws(Refusal) {
    let node = context.node
    guard node.isOfONNX, let rule = compound ?? OperatorTable.rule(named: node.operatorType) else {
      throw .unsupported("this operator is not supported")
    }
    if let other = node.attributes.first(where: { !rule.attributes.contains($0.name) }) {
      throw .unsupported("its attribute `\(other.name)` is not known")
    }
    if let other = node.outputs.dropFirst(rule.outputs).first(where: {
      !$0.isEmpty && context.builder.isUsed($0)
    }) {
      throw .unsupported("its further output `\(other)` is used")
    }
    try rule.apply(context)
  }
}
