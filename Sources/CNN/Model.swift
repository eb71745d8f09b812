import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec

/// A network read from a spec and checked: every shape fits, every parameter is counted.
///
///     let model = try Model(contentsOf: "lenet5.yaml")
///     let network = try model.compile(weights: .file("lenet5.safetensors"))
///     var session = try network.makeSession()
///     let scores = try session.run(model.input(fromImageAt: "boot.png"))
///     print(model.ranking(of: scores, top: 1))
///
/// A model holds no weights and is cheap to copy; it may be used by any number of threads.
public struct Model: Sendable {
  package let network: CheckedNetwork
  /// What is no error but worth knowing, such as borders that no window reads.
  public let notes: [Diagnostic]

  /// Reads a spec in YAML or JSON.
  /// - Parameters:
  ///   - path: the spec's file; a class file that it names is looked for beside it.
  ///   - values: entries of the spec's `where` to set, which choose a family's member: `["N": 2]`.
  /// - Throws: everything that is wrong with the spec, with places and remedies; `unreadable-file` where there is none.
  public init(contentsOf path: String, where values: KeyValuePairs<String, Int> = [:]) throws(Diagnostics) {
    let source = try SpecSource(path: path)
    try self.init(source.report(where: values.map { ($0.key, $0.value) }))
  }

  /// Reads a spec from a text.
  ///
  ///     let model = try Model(text: "input: 1x28x28\nnetwork: conv(6, 5x5) - relu - fc(10) - softmax")
  ///
  /// - Parameters:
  ///   - text: YAML or JSON; a class file that it names is looked for in the current folder.
  ///   - name: what diagnostics call the text.
  ///   - values: entries of the spec's `where` to set, which choose a family's member.
  /// - Throws: everything that is wrong with the spec, with places and remedies.
  public init(
    text: String, name: String = "spec", where values: KeyValuePairs<String, Int> = [:]
  ) throws(Diagnostics) {
    try self.init(bytes: Array(text.utf8), name: name, where: values)
  }

  /// Reads a spec from the bytes of a text, which need not be UTF-8: that is a finding, too.
  package init(
    bytes: [UInt8], name: String, where values: KeyValuePairs<String, Int> = [:]
  ) throws(Diagnostics) {
    let source = SpecSource(text: SourceText(name: name, bytes: bytes), folder: ".")
    try self.init(source.report(where: values.map { ($0.key, $0.value) }))
  }

  package init(_ report: SpecReport) throws(Diagnostics) {
    (network, notes) = try report.single()
  }

  /// The spec's name: its `name`, or what its file is called without the extension.
  public var name: String { network.spec.name }
  /// Channels, height and width of one input image.
  public var inputShape: [Int] { [network.input.channels, network.input.height, network.input.width] }
  /// The names of what the network returns.
  public var outputNames: [String] { network.outputs.map(\.name) }
  /// The labels of the classes, in the order of the scores, if the spec has any.
  public var classes: [String]? {
    if case .labels(let labels, _) = network.spec.classes { labels } else { nil }
  }
  /// Trainable numbers of all layers.
  public var parameterCount: Int { network.totals.parameters }
  /// Multiplications of the convolutions and fully connected layers for one image.
  public var multiplicationCount: Int { network.totals.multiplications }
  /// A table of the layers with shapes, parameters, multiplications and bytes, and their totals.
  public var summary: String { LayerTable(network).text }

  /// The layer of a name as something to return, or nil.
  package func layer(named name: String) -> LayerInput? {
    if name == "input" { return .network }
    return network.value(named: name)
  }

  /// The network's graph as the spec says it, nothing optimised.
  /// - Parameter outputs: layers to return in place of the network's own.
  package func graph(returning outputs: [String]? = nil) throws(Diagnostics) -> Graph {
    guard let outputs else { return GraphBuilder.build(network) }
    var values: [(name: String, value: LayerInput)] = []
    for name in outputs {
      guard let value = layer(named: name) else {
        throw Diagnostics(
          Diagnostic(
            .unknownLabel, "`\(self.name)` has no layer `\(name)`", at: .none,
            help: Nearest.help(name, among: network.layers.map(\.name))))
      }
      values.append((name, value))
    }
    return GraphBuilder.build(network, outputs: values)
  }

  /// The tensors that a weights file for this network holds.
  package var tensors: [ExecutionPlan.Parameter] { network.tensors }
}
