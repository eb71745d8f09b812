import CNN
import CNNGraph
import CNNPlan
import CNNRuntime
import CNNSpec

/// What a run starts from.
package enum InitialWeights: Hashable, Sendable {
  /// Drawn from the seed, by the recipe's initializer.
  case drawn
  /// A safetensors file, except for the layers that are to be drawn all the same.
  case file(String, redrawn: [String])
}

/// The tensors a run starts with, and where they are from.
package struct StartingTensors: Sendable {
  /// In the order of the weights file.
  package var tensors: [NamedTensor]
  /// Names of those that a file gave.
  package var taken: [String]
  /// Names of those that were drawn.
  package var drawn: [String]

  /// - Throws: every tensor of the file that is missing, misshapen or not the network's; a layer to redraw that
  ///   there is not.
  package init(_ model: Model, from source: InitialWeights, recipe: TrainingRecipe) throws(Diagnostics) {
    let initial = GraphBuilder.build(model.network).initialTensors()
    var redrawn = { (_: String) in true }
    var file: Weights?
    if case .file(let path, let labels) = source {
      let layers = try LayerSelection(labels, of: model.network, option: "--reinitialize")
      redrawn = layers.contains(tensor:)
      let weights = try Weights(try SafetensorsFile(path))
      do throws(Diagnostics) {
        try weights.check(against: model.tensors.filter { !redrawn($0.name) }, ignoring: redrawn)
      } catch {
        var findings = error
        for index in findings.all.indices {
          findings.all[index].help.append("--reinitialize LAYER draws a layer's tensors anew instead")
        }
        throw findings
      }
      for tensor in model.tensors where !redrawn(tensor.name) {
        guard weights.values(of: tensor.name)?.allSatisfy(\.isFinite) ?? true else {
          throw Diagnostics(
            Diagnostic(
              .weightsFile, "\(tensor.name) has numbers that are not finite", at: .file(path),
              help: ["nothing can be learned from them: another file, or --reinitialize the layer"]))
        }
      }
      file = weights
    }
    let fresh = try Weights(
      drawing: initial.filter { redrawn($0.tensor.name) }, seed: UInt64(recipe.seed), by: recipe.initializer)
    (tensors, taken, drawn) = ([], [], [])
    for tensor in model.tensors {
      let source = redrawn(tensor.name) ? fresh : file
      guard let values = source?.values(of: tensor.name) else {
        preconditionFailure("\(tensor.name) is neither drawn nor in the file")
      }
      tensors.append(NamedTensor(tensor.name, tensor.dimensions, values))
      if redrawn(tensor.name) { drawn.append(tensor.name) } else { taken.append(tensor.name) }
    }
  }

  /// What came from where.
  package func note(_ path: String, seed: Int) -> Diagnostic {
    func list(_ names: [String]) -> String {
      names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
    }
    var lines = ["taken: \(list(taken))"]
    if !drawn.isEmpty { lines.append("drawn from seed \(seed): \(list(drawn))") }
    return Diagnostic(
      .weightsFile, "\(taken.count) of \(tensors.count) tensors are taken from the file", at: .file(path),
      help: lines, severity: .note)
  }
}
