import CNNGraph
import CNNProtobuf
import CNNRuntime
import CNNSpec

/// A checked network as an ONNX model. Its nodes are made at once; the tensors' numbers are read when the file is written,
/// one tensor after the other.
package struct ExportedModel: Sendable {
  /// The first of ONNX's versions that has all that a spec needs, which most runtimes know.
  package static let operatorSet = 17
  /// The first that has pools' averages with a dilation.
  package static let dilatedAverageSet = 19
  /// Whose names in a model are a spec's.
  package static let producer = "cnnc"
  /// A message's length is a signed 32-bit number.
  package static let mostBytes = 1 << 31 - 1

  /// The kinds of layers that there are rules for.
  package static var kinds: Set<String> { Set(ExportTable.rules.keys) }

  /// Everything but the initializers.
  package let model: ModelProto
  let tensors: [ExportedTensor]

  /// - Parameter network: without errors.
  package init(_ network: CheckedNetwork) {
    let builder = ExportBuilder(network)
    for index in network.layers.indices { builder.addLayer(index) }
    var graph = GraphProto()
    graph.name = network.spec.name
    graph.inputs = [builder.input.info]
    graph.outputs = network.outputs.map { builder.output($0.value, named: $0.name) }
    graph.nodes = builder.nodes
    let isNewer = builder.nodes.contains { node in
      node.operatorType == "AveragePool" && node.attributes.contains { $0.name == "dilations" }
    }
    var model = ModelProto(
      irVersion: isNewer ? 9 : 8, operatorSet: isNewer ? Self.dilatedAverageSet : Self.operatorSet,
      graph: graph)
    model.producerName = Self.producer
    model.metadata = ModelMetadata(network).entries
    self.model = model
    tensors = builder.tensors
  }

  /// Writes all of the file or leaves what was there.
  /// - Parameter weights: exactly the network's.
  /// - Throws: `output-file`, also for a model that is larger than the format allows.
  package func write(_ weights: Weights, to path: String) throws(Diagnostics) {
    let graph = graphBytes
    let heads = tensors.map(\.head)
    var size = CheckedInteger(graph.count)
    for (head, tensor) in zip(heads, tensors) { size += CheckedInteger(head.count) + tensor.byteCount }
    let head = head(graphBytes: size.value ?? .max)
    guard let total = (size + head.count).value, total <= Self.mostBytes else {
      throw Diagnostics(
        Diagnostic(
          .outputFile,
          "the model takes \(size.value.map { "\($0)" } ?? "more than 2^63") bytes, an ONNX file has less than 2 GiB",
          at: .file(path),
          help: [
            "weights in files beside a model are not written: take a smaller network, or its safetensors"
          ]))
    }
    do throws(FileError) {
      try AtomicFile.write(to: path) { (sink) throws(FileError) in
        try sink.write(head)
        try sink.write(graph)
        for (head, tensor) in zip(heads, tensors) {
          try sink.write(head)
          if let values = tensor.values(weights) { try sink.write(values) }
        }
      }
    } catch {
      throw error.diagnostics
    }
  }

  /// The fields of the model, ending with the beginning of the graph.
  private func head(graphBytes: Int) -> [UInt8] {
    var writer = ProtobufWriter()
    model.writeBesidesGraph(to: &writer)
    writer.beginDelimited(7, count: graphBytes)
    return writer.bytes
  }

  /// The graph's fields but the initializers.
  private var graphBytes: [UInt8] {
    var writer = ProtobufWriter()
    model.graph.write(to: &writer)
    return writer.bytes
  }
}

/// An initializer.
struct ExportedTensor: Sendable {
  enum Content: Sendable {
    /// A tensor of the network's weights.
    /// - Parameter connections: for each filter the input channels that it reads, where these are not all.
    case weight(String, connections: [[Int]]?)
    /// A few numbers that the network has not as a tensor: a shape, a bound.
    case made(TensorProto)
  }

  var name: String
  var dimensions: [Int]
  var content: Content

  /// Bytes of the elements, which follow ``head``.
  var byteCount: CheckedInteger {
    if case .made = content { 0 } else { CheckedInteger.product(dimensions) * 4 }
  }

  /// The field of the graph up to the elements.
  var head: [UInt8] {
    var writer = ProtobufWriter()
    guard case .weight = content, let bytes = byteCount.value else {
      if case .made(let tensor) = content { writer.message(5, tensor.write) }
      return writer.bytes
    }
    var inner = ProtobufWriter()
    TensorProto(name: name, dimensions: dimensions, elementType: .float, content: .none).write(to: &inner)
    inner.beginDelimited(9, count: bytes)
    writer.beginDelimited(5, count: inner.bytes.count + bytes)
    return writer.bytes + inner.bytes
  }

  /// The elements, where they are the network's.
  func values(_ weights: Weights) -> [Float]? {
    guard case .weight(let name, let connections) = content else { return nil }
    guard var values = weights.values(of: name) else { preconditionFailure("there is no tensor \(name)") }
    guard let connections else { return values }
    // What a filter does not read is zero for those who read it nevertheless.
    let (channels, area) = (dimensions[1], dimensions[2] * dimensions[3])
    for (filter, read) in connections.enumerated() {
      let kept = Set(read)
      for channel in 0..<channels where !kept.contains(channel) {
        let start = (filter * channels + channel) * area
        for index in start..<start + area { values[index] = 0 }
      }
    }
    return values
  }
}
