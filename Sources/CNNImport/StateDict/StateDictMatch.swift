import CNNEmbedding
import CNNGraph
import CNNPlan
import CNNRuntime
import CNNSpec

/// The modules of a state dict as the layers of a network: those that are called like them, or else the first as the
/// first, and so on, each with the tensors that its layer has, in the layer's shapes.
package struct StateDictMatch {
  package struct Pair: Sendable {
    package var layer: String
    package var module: String
  }

  /// In the network's order.
  package let pairs: [Pair]
  /// What of the state dict a network for inference does not have.
  package let leftOut: [String]
  private let parameters: [ExecutionPlan.Parameter]
  private let sources: [SafetensorsFile.Tensor]
  private let dict: StateDict

  /// - Throws: `weights-mismatch` that lists all that does not fit.
  package init(
    _ dict: StateDict, _ network: CheckedNetwork, by order: StateDict.Order
  ) throws(Diagnostics) {
    let layers = network.layers.filter { !$0.parameters.isEmpty }
    var (modules, leftOut) = try dict.modules(by: order)
    let places = Dictionary(uniqueKeysWithValues: layers.enumerated().map { ($1.name, $0) })
    // Modules that are called what the layers are called need no order.
    if modules.allSatisfy({ places[$0.path] != nil }) {
      modules.sort { places[$0.path, default: 0] < places[$1.path, default: 0] }
    }
    guard layers.count == modules.count else {
      throw dict.mismatch(
        "the network has \(layers.count) layers with weights, the file has \(modules.count) modules",
        Self.firstDifference(layers, modules))
    }
    var parameters: [ExecutionPlan.Parameter] = []
    var sources: [SafetensorsFile.Tensor] = []
    var lines: [String] = []
    for (layer, module) in zip(layers, modules) {
      lines += Self.differences(layer, module)
      for parameter in layer.parameters {
        parameters.append(.init(name: parameter.name, dimensions: parameter.spec.dimensions))
        if let tensor = module.tensors[Self.suffix(parameter.name, layer)] { sources.append(tensor) }
      }
    }
    guard lines.isEmpty else {
      throw dict.mismatch(
        "\(lines.count == 1 ? "1 tensor does" : "\(lines.count) tensors do") not fit, module for layer", lines
      )
    }
    pairs = zip(layers, modules).map { Pair(layer: $0.name, module: $1.path) }
    self.leftOut = leftOut
    self.parameters = parameters
    self.sources = sources
    self.dict = dict
  }

  /// Writes the weights under the network's names: all of the file, or what was there before stays.
  /// - Throws: `output-file`.
  package func write(_ name: String, in folder: String) throws(Diagnostics) {
    let (parameters, sources, dict) = (parameters, sources, dict)
    do throws(FileError) {
      try AtomicFile.write(
        [
          (
            name: name,
            write: { (sink) throws(FileError) in
              try SafetensorsWriter.write(parameters, to: &sink) { dict.values(of: sources[$0]) }
            }
          )
        ], in: folder)
    } catch {
      throw error.diagnostics
    }
  }

  // MARK: Differences

  private static func suffix(_ parameter: String, _ layer: CheckedLayer) -> String {
    String(parameter.dropFirst(layer.name.count + 1))
  }

  /// What of a module is not what its layer has.
  private static func differences(_ layer: CheckedLayer, _ module: StateDict.Module) -> [String] {
    var lines: [String] = []
    var rest = module.tensors
    for parameter in layer.parameters {
      let (suffix, dimensions) = (suffix(parameter.name, layer), parameter.spec.dimensions)
      guard let tensor = rest.removeValue(forKey: suffix) else {
        lines.append("\(layer.name) takes \(module.path), which has no \(suffix)")
        continue
      }
      if tensor.dimensions != dimensions {
        lines.append("\(parameter.name) is \(dimensions), \(tensor.name) is \(tensor.dimensions)")
      }
    }
    return lines + rest.keys.sorted().map { "\(layer.name) has no \($0), as \(module.path) has" }
  }

  /// The first layer that does not fit its module, in words.
  private static func firstDifference(_ layers: [CheckedLayer], _ modules: [StateDict.Module]) -> [String] {
    for (layer, module) in zip(layers, modules) {
      if let line = differences(layer, module).first { return ["the first that does not fit: \(line)"] }
    }
    if layers.count > modules.count { return ["no module is left for \(layers[modules.count].name)"] }
    return ["no layer is left for \(modules[layers.count].path)"]
  }
}
