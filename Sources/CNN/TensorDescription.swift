import CNNPlan
import CNNSpec

/// What goes into a compiled network or comes out of it: 32-bit floats of a whole batch, image behind image, each
/// channels x height x width.
public struct TensorDescription: Hashable, Sendable {
  /// `input`, or the label or layer that an output is called by.
  public let name: String
  /// Images, channels, height and width. A vector's height and width are 1.
  public let shape: [Int]
  /// How many numbers that is.
  public let count: Int

  init(_ port: ExecutionPlan.Port, batch: Int) {
    name = port.name
    shape = [port.type.isBatched ? batch : 1] + port.type.dimensions
    count = shape.reduce(1, *)
  }

  /// Whether a caller's memory is of this size.
  /// - Throws: `input-shape` where it is not.
  package func check(count found: Int) throws(Diagnostics) {
    guard found != count else { return }
    let sizes = shape.map(String.init).joined(separator: "x")
    // A count from C may be past what Swift counts to.
    throw Diagnostics(
      Diagnostic(
        .inputShape,
        "`\(name)` is \(count) numbers, \(sizes) (images x channels x height x width); found \(UInt(bitPattern: found))",
        at: .none))
  }
}
