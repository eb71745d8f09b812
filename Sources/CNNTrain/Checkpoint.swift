import CNNPlan
import CNNRuntime
import CNNSpec

/// A run as it was after some step: its tensors, the optimizer's among them, how far it has come, and what
/// it computes. A safetensors file, written whole or not at all.
package struct Checkpoint: Sendable {
  package var tensors: [NamedTensor]
  package var state: RunState
  package var identity: RunIdentity

  package init(tensors: [NamedTensor], state: RunState, identity: RunIdentity) {
    self.tensors = tensors
    self.state = state
    self.identity = identity
  }

  private static let format = "cnnc-checkpoint-1"

  /// - Throws: `output-file`; what was there before stays.
  package func write(to path: String) throws(Diagnostics) {
    var metadata = [(key: "format", value: Self.format)]
    metadata += state.texts.map { ("state.\($0.key)", $0.value) }
    metadata += identity.settings.map { ("run.\($0.name)", $0.value) }
    try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
  }

  /// - Throws: `unreadable-file`, `weights-file` for what is no checkpoint.
  package init(contentsOf path: String) throws(Diagnostics) {
    let file = try SafetensorsFile(path)
    let weights = try Weights(file)
    guard file.metadata["format"] == Self.format,
      let state = RunState(texts: Self.texts(file.metadata, behind: "state."))
    else {
      throw Diagnostics(
        Diagnostic(
          .weightsFile, "expected a checkpoint, found a safetensors file without a run's state",
          at: .file(path), help: ["`--init FILE` starts a new run from weights"]))
    }
    self.state = state
    let settings = Self.texts(file.metadata, behind: "run.")
    identity = RunIdentity(settings: settings.map { RunIdentity.Setting(name: $0.key, value: $0.value) })
    tensors = weights.names.map { name in
      NamedTensor(name, weights.dimensions(of: name) ?? [], weights.values(of: name) ?? [])
    }
  }

  private static func texts(_ metadata: [String: String], behind prefix: String) -> [String: String] {
    var texts: [String: String] = [:]
    for (key, value) in metadata where key.hasPrefix(prefix) {
      texts[String(key.dropFirst(prefix.count))] = value
    }
    return texts
  }

  /// Checks that this run goes on exactly as the checkpoint's would have.
  ///
  /// More epochs are allowed where the learning rate does not depend on their number.
  /// - Parameters:
  ///   - expected: the tensors that the run has.
  ///   - path: the checkpoint's file, for the diagnostic.
  /// - Throws: one finding that lists all that differs.
  package func check(
    against identity: RunIdentity, recipe: TrainingRecipe, tensors expected: [ExecutionPlan.Parameter],
    path: String
  ) throws(Diagnostics) {
    var lines: [String] = []
    for (ours, theirs) in identity.differences(from: self.identity) {
      if ours.name == "epochs", recipe.schedule.isFreeOfLength { continue }
      let isFingerprint = ["network", "preprocess", "data"].contains(ours.name)
      lines.append(
        isFingerprint ? "another \(ours.name)" : "\(ours.name) was \(theirs), now \(ours.value)")
    }
    if lines.isEmpty {
      let found = Dictionary(tensors.map { ($0.name, $0.dimensions) }) { first, _ in first }
      for tensor in expected where found[tensor.name] != tensor.dimensions {
        lines.append("\(tensor.name) \(tensor.dimensions) is not in the checkpoint")
      }
    }
    guard !lines.isEmpty else { return }
    lines.append("resume with what the run began with, or name another folder with --output")
    throw Diagnostics(
      Diagnostic(
        .checkpointMismatch, "the checkpoint is another run's: it cannot be resumed exactly", at: .file(path),
        help: lines))
  }
}

extension TrainingRecipe.Schedule {
  /// Whether the rate of a step does not depend on how many there are.
  var isFreeOfLength: Bool {
    switch self {
    case .constant, .step: true
    case .cosine, .oneCycle: false
    }
  }
}
