import CNNPlan
import CNNRuntime
import CNNSpec

/// A running network: its memory and its program. One thread at a time may use it.
///
///     var session = try network.makeSession()
///     var scores = [Float](repeating: 0, count: network.outputs[0].count)
///     for image in images {
///       try session.run(image, into: &scores)
///     }
///
/// Nothing in a run into memory that is there already allocates; nor does it lock or call the system, but to wait for
/// the session's other threads where it has any.
public struct InferenceSession: ~Copyable, Sendable {
  private var session: Session
  private let input: TensorDescription
  private let outputs: [TensorDescription]
  private var hasRun = false

  init(_ session: consuming Session) {
    let plan = session.plan
    input = TensorDescription(plan.inputs[0], batch: plan.batch)
    outputs = plan.outputs.map { TensorDescription($0, batch: plan.batch) }
    self.session = session
  }

  /// Computes all outputs of a batch and copies the first.
  /// - Parameters:
  ///   - input: as many numbers as ``CompiledNetwork/input`` says, preprocessed, image behind image, each
  ///     channels x height x width.
  ///   - output: as many as the first of ``CompiledNetwork/outputs`` says.
  /// - Throws: `input-shape` for another number of them; nothing is computed then.
  public mutating func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) throws(Diagnostics) {
    try outputs[0].check(count: output.count)
    try compute(input)
    session.copyOutput(to: &output)
  }

  /// Computes all outputs of a batch and copies the first over the elements of an array.
  /// - Parameters:
  ///   - input: as many numbers as ``CompiledNetwork/input`` says, preprocessed.
  ///   - output: as many as the first of ``CompiledNetwork/outputs`` says.
  /// - Throws: `input-shape` for another number of them; nothing is computed then.
  public mutating func run(_ input: [Float], into output: inout [Float]) throws(Diagnostics) {
    var span = output.mutableSpan
    try run(input.span, into: &span)
  }

  /// Computes all outputs of a batch and returns the first in a new array.
  /// - Parameter input: as many numbers as ``CompiledNetwork/input`` says, preprocessed.
  /// - Throws: `input-shape` for another number of them; nothing is computed then.
  public mutating func run(_ input: [Float]) throws(Diagnostics) -> [Float] {
    try compute(input.span)
    return session.output()
  }

  /// An output of the last run, by its name, in a new array.
  ///
  ///     let network = try model.compile(weights: weights, outputs: ["softmax1", "fc2"])
  ///     var session = try network.makeSession()
  ///     let scores = try session.run(image)
  ///     let features = try session.output("fc2")
  ///
  /// - Parameter name: one of the names in ``CompiledNetwork/outputs``.
  /// - Returns: image behind image, each channels x height x width; see ``CompiledNetwork/outputs``.
  /// - Throws: `unknown-label` for a name that is none of the outputs'; `invalid-value` before the first run.
  public func output(_ name: String) throws(Diagnostics) -> [Float] {
    session.output(try index(of: name))
  }

  /// Copies an output of the last run, by its name.
  /// - Parameters:
  ///   - name: one of the names in ``CompiledNetwork/outputs``.
  ///   - output: as many numbers as that output has.
  /// - Throws: as ``output(_:)``; `input-shape` for another number.
  public func copyOutput(_ name: String, into output: inout MutableSpan<Float>) throws(Diagnostics) {
    let index = try index(of: name)
    try outputs[index].check(count: output.count)
    session.copyOutput(index, to: &output)
  }

  private mutating func compute(_ input: Span<Float>) throws(Diagnostics) {
    try self.input.check(count: input.count)
    session.copyInput(from: input)
    run()
  }

  private func index(of name: String) throws(Diagnostics) -> Int {
    guard let index = outputs.firstIndex(where: { $0.name == name }) else {
      throw Diagnostics(
        Diagnostic(
          .unknownLabel, "the compiled network returns no `\(name)`", at: .none,
          help: Nearest.help(name, among: outputs.map(\.name)) + [
            "`outputs` of `compile` names what is returned"
          ]))
    }
    guard hasRun else {
      throw Diagnostics(
        Diagnostic(
          .invalidValue, "there is no `\(name)` before the first run", at: .none, help: ["call `run` first"]))
    }
    return index
  }

  // For the command and the tests: several outputs.

  package mutating func copyInput(_ elements: [Float]) { session.copyInput(from: elements.span) }
  package mutating func run() {
    session.run()
    hasRun = true
  }
  package func output(_ index: Int) -> [Float] { session.output(index) }
}
