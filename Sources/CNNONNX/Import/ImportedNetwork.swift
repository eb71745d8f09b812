import CNNGraph
import CNNPlan
import CNNRuntime
import CNNSpec

/// A network that was read from an ONNX file: a spec, and the weights that belong to it.
package struct ImportedNetwork: Sendable {
  /// The file's stem, as far as a spec may be called so.
  package let name: String
  /// The spec's text. It has been checked.
  package let spec: String
  /// The tensors of the weights file, in the order of the layers.
  package let parameters: [ExecutionPlan.Parameter]
  /// Where their numbers are.
  private let values: [FloatSource]
  private let path: String

  /// - Throws: `unreadable-file`, `model-file` or `unsupported-model`.
  package init(contentsOf path: String) throws(Diagnostics) { try self.init(ModelFile(path: path)) }

  /// - Parameter constants: inputs of the model that are given a value, so that they are no inputs of the network.
  package init(_ file: ModelFile, constants: [String: TensorProto] = [:]) throws(Diagnostics) {
    let graph = try ImportedGraph(file, constants: constants)
    let names = LayerNames(graph.layers)
    path = file.path
    name = Self.name(of: file.path)
    let stem = file.path.split(separator: "/").last.map(String.init) ?? file.path
    let version = file.model.operatorSet.map { ", opset \($0)" } ?? ""
    spec = SpecWriter.text(graph, names, name: name, origin: "Made by `cnnc import` of \(stem)\(version).")
    var parameters: [ExecutionPlan.Parameter] = []
    var values: [FloatSource] = []
    for (layer, name) in zip(graph.layers, names.names) {
      for tensor in layer.tensors {
        parameters.append(.init(name: "\(name).\(tensor.suffix)", dimensions: tensor.dimensions))
        values.append(tensor.values)
      }
    }
    self.parameters = parameters
    self.values = values
    try check(graph)
  }

  /// The spec as if it were a file beside the model.
  package var source: SpecSource {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    return SpecSource(text: SourceText(name: "\(path) as a spec", bytes: Array(spec.utf8)), folder: folder)
  }

  /// Checks that the spec says what the model's nodes do.
  /// - Throws: what a spec may not be: too many layers, too large a shape.
  private func check(_ graph: ImportedGraph) throws(Diagnostics) {
    let (network, _) = try source.report().single()
    let shapes = network.layers.map(\.outputShape)
    precondition(shapes == graph.layers.map(\.shape), "the spec has other shapes than the model:\n\(spec)")
    let expected = network.layers.flatMap { $0.parameters.map { ($0.name, $0.spec.dimensions) } }
    precondition(
      expected.elementsEqual(parameters) { $0.0 == $1.name && $0.1 == $1.dimensions },
      "the spec has other parameters than the model:\n\(spec)")
  }

  /// The file's stem with other characters than letters, digits, `_` and `-` replaced.
  private static func name(of path: String) -> String {
    let file = path.split(separator: "/").last ?? "model"
    let stem = file.lastIndex(of: ".").map { file[..<$0] } ?? file
    let name = String(
      stem.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" }.prefix(60))
    return name.first?.isLetter == true ? name : "model" + (name.isEmpty ? "" : "_" + name)
  }

  /// The weights in memory, each tensor written where it will lie.
  /// - Throws: `memory-limit`.
  package func weights() throws(Diagnostics) -> Weights {
    try Weights(parameters) { index, target in _ = target.update(from: values[index].values()) }
  }

  /// Writes `NAME.yaml` and `NAME.safetensors` into a folder: both of them or none.
  /// - Parameter folder: made where it is not there.
  /// - Returns: the files' paths.
  /// - Throws: `output-file`.
  package func write(to folder: String) throws(Diagnostics) -> [String] {
    let names = ["\(name).yaml", "\(name).safetensors"]
    let (spec, parameters, values) = (Array(spec.utf8), parameters, values)
    do throws(FileError) {
      try AtomicFile.write(
        [
          (name: names[0], write: { (sink) throws(FileError) in try sink.write(spec) }),
          (
            name: names[1],
            write: { (sink) throws(FileError) in
              try SafetensorsWriter.write(parameters, to: &sink) { values[$0].values() }
            }
          ),
        ], in: folder)
    } catch {
      throw error.diagnostics
    }
    return names.map { FileSystem.path(folder, $0) }
  }
}
