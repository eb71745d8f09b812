import CNNGraph
import CNNPlan
import CNNRuntime
import CNNSpec

/// A network that was read from another program's file: a spec, and the weights that belong to it.
package struct ImportedNetwork: Sendable {
  /// The file's stem, as far as a spec may be called so.
  package let name: String
  /// The spec's text. It has been checked.
  package let spec: String
  /// The tensors of the weights file, in the order of the layers.
  package let parameters: [ExecutionPlan.Parameter]
  /// Where their numbers are; nil where the file has the network alone.
  private let values: [FloatSource]?
  private let path: String
  /// What of the file has been left out, and why.
  package let notes: [String]

  /// - Parameters:
  ///   - path: the file that was read.
  ///   - format: what the file is, for the spec's first line: `opset 17`.
  /// - Throws: what a spec may not be: too many layers, too large a shape.
  package init(_ graph: ImportedGraph, path: String, format: String) throws(Diagnostics) {
    self.path = path
    notes = Findings.listed(graph.notes)
    name = Self.name(of: path)
    let stem = path.split(separator: "/").last.map(String.init) ?? path
    let graph = GrowingConcat.joined(graph)
    let count = graph.layers.count { $0.kind != "identity" }
    guard count <= SpecLimits.layers else {
      throw Diagnostics(
        Diagnostic(
          .unsupportedModel, "the model has \(count) layers, a spec at most \(SpecLimits.layers)",
          at: .file(path)))
    }
    let origin = "Made by `cnnc import` of \(stem), \(format)."
    guard let flat = SpecWriter.write(graph, .flat, name: name, origin: origin) else {
      preconditionFailure("layers one by one can always be written")
    }
    let (plain, _) = try Self.source(of: flat.text, path).report().single()
    SpecProof.prove(plain, flat, graph)
    var (written, network) = (flat, plain)
    // Names that are to be kept go before structure.
    for style in [SpecWriter.Style.chained, .folded, .nested] {
      guard let candidate = SpecWriter.write(graph, style, name: name, origin: origin) else { continue }
      let (checked, _) = try Self.source(of: candidate.text, path).report().single()
      SpecProof.prove(checked, candidate, graph)
      SpecProof.prove(checked, candidate, computesAs: plain, flat)
      guard SpecProof.keepsNames(checked, candidate, graph) else { continue }
      (written, network) = (candidate, checked)
      break
    }
    spec = written.text
    (parameters, values) = Self.parameters(of: network, graph, written)
  }

  /// The spec as if it were a file beside the model.
  package var source: SpecSource { Self.source(of: spec, path) }

  private static func source(of spec: String, _ path: String) -> SpecSource {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    return SpecSource(text: SourceText(name: "\(path) as a spec", bytes: Array(spec.utf8)), folder: folder)
  }

  /// The parameters as the spec names them.
  private static func parameters(
    of network: CheckedNetwork, _ graph: ImportedGraph, _ written: SpecWriter.Result
  ) -> ([ExecutionPlan.Parameter], [FloatSource]?) {
    let parameters = network.layers.flatMap { layer in
      layer.parameters.map { ExecutionPlan.Parameter(name: $0.name, dimensions: $0.spec.dimensions) }
    }
    let values = written.order.flatMap { graph.layers[$0].tensors.compactMap(\.values) }
    return (parameters, graph.hasWeights ? values : nil)
  }

  /// The file's stem with other characters than letters, digits, `_` and `-` replaced.
  private static func name(of path: String) -> String {
    let file = path.split(separator: "/").last ?? "model"
    let stem = file.lastIndex(of: ".").map { file[..<$0] } ?? file
    let name = String(
      stem.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" }.prefix(60))
    return name.first?.isLetter == true ? name : "model" + (name.isEmpty ? "" : "_" + name)
  }

  /// The weights in memory, each tensor written where it will lie; nil where the file has none.
  /// - Throws: `memory-limit`.
  package func weights() throws(Diagnostics) -> Weights? {
    guard let values else { return nil }
    return try Weights(parameters) { index, target in _ = target.update(from: values[index].values()) }
  }

  /// Writes `NAME.yaml` and, where the file has weights, `NAME.safetensors` into a folder: both of them or none.
  /// - Parameter folder: made where it is not there.
  /// - Returns: the files' paths.
  /// - Throws: `output-file`.
  package func write(to folder: String) throws(Diagnostics) -> [String] {
    let (spec, parameters) = (Array(spec.utf8), parameters)
    var files: [(name: String, write: (inout FileSink) throws(FileError) -> Void)] = [
      (name: "\(name).yaml", write: { (sink) throws(FileError) in try sink.write(spec) })
    ]
    if let values {
      files.append(
        (
          name: "\(name).safetensors",
          write: { (sink) throws(FileError) in
            try SafetensorsWriter.write(parameters, to: &sink) { values[$0].values() }
          }
        ))
    }
    do throws(FileError) {
      try AtomicFile.write(files, in: folder)
    } catch {
      throw error.diagnostics
    }
    return files.map { FileSystem.path(folder, $0.name) }
  }
}
