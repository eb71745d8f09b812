import CNNGraph
import CNNImport
import CNNSpec

/// Makes layers of those of a Caffe network.
struct NetReader {
  private let net: NetDefinition
  private let wiring: Wiring
  private let results: NetResults
  private let builder: NetBuilder
  /// What has been imported, by the wiring's numbers.
  private var values: [Int: BlobValue] = [:]
  private var findings = DiagnosticCollector()

  /// - Throws: `model-file`, `unsupported-model` or `weights-mismatch`, all findings at once.
  static func graph(of net: NetDefinition, model: CaffeModel?) throws(Diagnostics) -> ImportedGraph {
    let wiring = try Wiring(net)
    let results = NetResults(net, wiring)
    let input = try NetInput(net, wiring, for: results, model: model)
    guard let shape = Shape.ofImage(input.dimensions) else { preconditionFailure("the input was checked") }
    var reader = NetReader(net: net, wiring: wiring, results: results, builder: NetBuilder(model: model))
    reader.values[input.value] = BlobValue(.input, shape, input.dimensions)
    let outputs = reader.outputs()
    try reader.finish()
    var graph = ImportedGraph(
      input: shape, layers: reader.builder.layers, outputs: outputs.map(\.source))
    graph.outputHints = outputs.map { $0.name.map { Hint($0, .person) } }
    graph.preprocessing = input.preprocessing
    graph.notes = results.notes + input.notes + reader.constantNotes
    return graph
  }

  private init(net: NetDefinition, wiring: Wiring, results: NetResults, builder: NetBuilder) {
    self.net = net
    self.wiring = wiring
    self.results = results
    self.builder = builder
  }

  /// Imports all layers that are needed; what the network returns, in the order of the layers, and what it calls it.
  private mutating func outputs() -> [(source: ImportedLayer.Source, name: String?)] {
    let returned = Set(results.values)
    let losses = Set(results.losses)
    var outputs: [(source: ImportedLayer.Source, name: String?)] = []
    var known: Set<ImportedLayer.Source> = []
    func add(_ value: BlobValue, _ name: String?) {
      let source = output(value, besides: known)
      outputs.append((source, name))
      known.insert(source)
    }
    for index in net.layers.indices where !findings.isFull {
      if results.needed.contains(index) { apply(index) }
      for top in wiring.tops[index] where returned.contains(top) {
        if let value = values[top] { add(value, name(of: top)) }
      }
      if losses.contains(index), let value = prediction(of: index) { add(value, nil) }
      if builder.layers.count > SpecLimits.layers {
        findings.error(
          .layerLimit, "the network grows past \(SpecLimits.layers) layers here", at: net.layers[index].range)
        break
      }
    }
    return outputs
  }

  /// What a value is called; where a layer works in place, its top is called as another layer.
  private func name(of value: Int) -> String? {
    let (name, layer) = (wiring.values[value].name, wiring.values[value].layer.map { net.layers[$0] })
    guard let layer, layer.bottoms.contains(where: { $0.name == name }) else { return name }
    return layer.name.isEmpty ? nil : layer.name
  }

  /// What computes a value that the network returns, in the shape of its sizes; a spec returns each value once.
  private func output(_ value: BlobValue, besides others: Set<ImportedLayer.Source>) -> ImportedLayer.Source {
    guard let shape = Shape.ofImage(value.dimensions) else {
      preconditionFailure("\(value.text) was checked")
    }
    let source = builder.reshape(value, to: shape)
    if case .layer = source, !others.contains(source) { return source }
    return builder.add(ImportedLayer("identity", of: [source], shape: shape))
  }

  // MARK: Layers

  private mutating func apply(_ index: Int) {
    let layer = net.layers[index]
    if layer.type == "Input" || LayerTypes.data.contains(layer.type) { return }
    guard let rule = LayerTable.rule(named: layer.type) else {
      findings.error(
        .unsupportedModel, "\(layer.title): this type of layer is not supported", at: layer.range,
        help: Nearest.match(layer.type, among: LayerTable.all.map(\.name)).map { ["did you mean `\($0)`?"] }
          ?? [])
      return
    }
    guard let value = imported(layer, index, by: rule) else { return }
    let tops = wiring.tops[index]
    if tops.count == 1 || rule.name == "Split" {
      for top in tops { values[top] = value }
    } else {
      findings.error(
        .unsupportedModel, "\(layer.title): it has \(tops.count) tops, only one is supported", at: layer.range
      )
    }
  }

  /// What a loss compares with the labels.
  private mutating func prediction(of index: Int) -> BlobValue? {
    let layer = net.layers[index]
    if case let function?? = LayerTypes.losses[layer.type], let rule = LayerTable.rule(named: function) {
      return imported(layer, index, by: rule, bottoms: 1)
    }
    return values[wiring.bottoms[index][0]]
  }

  /// What a layer computes; nil where it cannot be imported, which has been reported, or something before it cannot.
  private mutating func imported(
    _ layer: LayerDefinition, _ index: Int, by rule: LayerRule, bottoms count: Int? = nil
  ) -> BlobValue? {
    do throws(Refusal) {
      let fields = try rule.message.map { name throws(Refusal) in try layer.fields.reader(name) }
      let unknown = fields?.unknown(besides: rule.fields) ?? []
      if !unknown.isEmpty { throw .findings(unknown) }
      let bottoms = wiring.bottoms[index].prefix(count ?? .max)
      var inputs: [BlobValue] = []
      for bottom in bottoms {
        guard let value = values[bottom] else { throw .dependent }
        inputs.append(value)
      }
      return try rule.apply(
        LayerContext(
          layer: layer, fields: fields ?? FieldReader(owner: layer.name, message: nil), inputs: inputs,
          isSoleReader: bottoms.map { wiring.values[$0].readers.count == 1 }, builder: builder))
    } catch {
      if case .findings(let all) = error { for finding in all { findings.report(finding) } }
      return nil
    }
  }

  // MARK: The end

  private func finish() throws(Diagnostics) {
    var all = findings.findings
    if let model = builder.model, !builder.mismatches.isEmpty {
      let count = Set(builder.mismatches.map(\.layer)).count
      let layers = count == 1 ? "1 layer" : "\(count) layers"
      all.append(
        Diagnostic(
          .weightsMismatch, "the weights of \(layers) are missing or of another shape", at: .file(model.path),
          help: Findings.listed(builder.mismatches.map { "\($0.layer): \($0.reason)" })))
    }
    if !all.isEmpty { throw Diagnostics(all) }
  }

  /// Numbers of the prototxt have no place in a spec alone.
  private var constantNotes: [String] {
    guard builder.model == nil, !builder.constantLayers.isEmpty,
      !builder.layers.allSatisfy({ $0.tensors.allSatisfy { $0.values != nil } })
    else { return [] }
    let names = builder.constantLayers.prefix(8).joined(separator: ", ")
    return ["without weights the numbers of \(names) are lost: a spec has them as weights"]
  }
}
