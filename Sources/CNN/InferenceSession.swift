import CNNPlan
import CNNRuntime

/// A running network: its memory and its program. One thread at a time may use it. Nothing in a run allocates;
/// nor does it lock or call the system, but to wait for the session's other threads where it has any.
public struct InferenceSession: ~Copyable, Sendable {
  private var session: Session

  init(_ session: consuming Session) { self.session = session }

  /// Elements of a whole batch of inputs: batch x channels x height x width.
  public var inputCount: Int { session.count(of: session.plan.inputs[0]) }
  /// Elements of a whole batch of the first output.
  public var outputCount: Int { session.count(of: session.plan.outputs[0]) }

  /// Computes the first output of a batch.
  /// - Parameters:
  ///   - input: ``inputCount`` elements, preprocessed, image behind image, each channels x height x width.
  ///   - output: ``outputCount`` elements.
  public mutating func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) {
    session.run(input, into: &output)
  }

  /// Computes the first output of a batch and returns it in a new array.
  public mutating func run(_ input: [Float]) -> [Float] {
    session.copyInput(from: input.span)
    session.run()
    return session.output()
  }

  // For the command and the tests: several outputs.

  package mutating func copyInput(_ elements: [Float]) { session.copyInput(from: elements.span) }
  package mutating func run() { session.run() }
  package func output(_ index: Int) -> [Float] { session.output(index) }
}
