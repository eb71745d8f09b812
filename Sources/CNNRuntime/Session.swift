import CNNGraph
import CNNPlan
import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A running network: its arena and its kernel calls. One owner at a time; many sessions may share weights.
///
/// After creation nothing in here allocates, locks or calls the system. Fill the inputs before every run:
/// their memory is used for other values once they have been read.
package struct Session: ~Copyable, @unchecked Sendable {
  package let plan: ExecutionPlan
  private let weights: BoundWeights
  private let arena: Arena
  private let program: KernelProgram

  /// - Throws: `memory-limit` where this machine has not enough memory for the arena.
  package init(_ plan: ExecutionPlan, weights: BoundWeights) throws(Diagnostics) {
    precondition(weights.fits(plan), "the weights were bound for another plan")
    let arena = try Arena(bytes: plan.arenaBytes, for: "activations (batch \(plan.batch))")
    program = KernelProgram(plan.calls) { operand in
      weights.address(of: operand.location, arena: arena.address).pointer
    }
    self.plan = plan
    self.weights = weights
    self.arena = arena
  }

  /// Elements of an input or an output for the whole batch.
  package func count(of port: ExecutionPlan.Port) -> Int {
    port.type.isBatched ? plan.batch * port.type.count : port.type.count
  }

  /// Hands out the memory of an input, the whole batch's elements image behind image, to be filled.
  package mutating func fillInput(_ index: Int = 0, _ fill: (inout MutableSpan<Float>) -> Void) {
    let port = plan.inputs[index]
    var span = UnsafeMutableBufferPointer(start: floats(of: port), count: count(of: port)).mutableSpan
    fill(&span)
  }

  /// Copies the whole batch of an input.
  package mutating func copyInput(_ index: Int = 0, from elements: Span<Float>) {
    let port = plan.inputs[index]
    precondition(elements.count == count(of: port), "\(elements.count) elements are not \(count(of: port))")
    elements.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      memcpy(floats(of: port), base, source.count * MemoryLayout<Float>.stride)
    }
  }

  /// Computes the outputs from the inputs.
  package mutating func run() { program.run() }

  /// Computes one step, for profiles: run all of them in order.
  package mutating func run(step: Int) { program.run(plan.steps[step].calls) }

  /// Hands out one image of an output: its elements lie side by side.
  package func readOutput<Result>(
    _ index: Int = 0, image: Int, _ read: (Span<Float>) throws -> Result
  ) rethrows -> Result {
    let port = plan.outputs[index]
    precondition(image >= 0 && image < plan.batch, "no image \(image)")
    let start = floats(of: port) + image * port.operand.imageStride
    return try read(UnsafeBufferPointer(start: start, count: port.type.count).span)
  }

  /// Copies the whole batch of an output, image behind image.
  package func copyOutput(_ index: Int = 0, to target: inout MutableSpan<Float>) {
    let port = plan.outputs[index]
    precondition(target.count == count(of: port), "\(target.count) elements are not \(count(of: port))")
    target.withUnsafeMutableBufferPointer { target in
      guard let base = target.baseAddress else { return }
      for image in 0..<(port.type.isBatched ? plan.batch : 1) {
        memcpy(
          base + image * port.type.count, floats(of: port) + image * port.operand.imageStride,
          port.type.count * MemoryLayout<Float>.stride)
      }
    }
  }

  /// The whole batch of an output in a new array.
  package func output(_ index: Int = 0) -> [Float] {
    var elements = [Float](repeating: 0, count: count(of: plan.outputs[index]))
    var span = elements.mutableSpan
    copyOutput(index, to: &span)
    return elements
  }

  /// Runs a network of one input and copies its first output.
  package mutating func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) {
    copyInput(from: input)
    run()
    copyOutput(to: &output)
  }

  private func floats(of port: ExecutionPlan.Port) -> UnsafeMutablePointer<Float> {
    weights.address(of: port.operand.location, arena: arena.address).pointer
      .assumingMemoryBound(to: Float.self)
  }
}
