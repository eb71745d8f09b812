import CNNEmbedding
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
  private let inputs: [PortMemory]
  private let outputs: [PortMemory]

  /// Where a port lies, worked out once.
  private struct PortMemory {
    let start: UnsafeMutablePointer<Float>
    /// Elements of one image, how many images there are, and from one to the next.
    let count: Int
    let images: Int
    let imageStride: Int

    var total: Int { count * images }

    init(_ port: ExecutionPlan.Port, batch: Int, _ start: UnsafeMutableRawPointer) {
      self.start = start.assumingMemoryBound(to: Float.self)
      count = port.type.count
      images = port.type.isBatched ? batch : 1
      imageStride = port.operand.imageStride
    }
  }

  /// - Parameter pool: the threads that compute; the caller alone without one.
  /// - Throws: `memory-limit` where this machine has not enough memory for the arena; `invalid-value` where
  ///   ``Machine/isa`` is not there.
  package init(
    _ plan: ExecutionPlan, weights: BoundWeights, pool: ThreadPool? = nil
  ) throws(Diagnostics) {
    _ = try Machine.isa
    precondition(weights.fits(plan), "the weights were bound for another plan")
    let arena = try Arena(bytes: plan.arenaBytes, for: "activations (batch \(plan.batch))")
    let address = arena.address
    func memory(_ port: ExecutionPlan.Port) -> PortMemory {
      PortMemory(port, batch: plan.batch, weights.address(of: port.operand.location, arena: address).pointer)
    }
    program = KernelProgram(plan.calls, pool: pool) {
      weights.address(of: $0.location, arena: address).pointer
    }
    inputs = plan.inputs.map(memory)
    outputs = plan.outputs.map(memory)
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
    var span = UnsafeMutableBufferPointer(start: inputs[index].start, count: inputs[index].total).mutableSpan
    fill(&span)
  }

  /// Copies the whole batch of an input.
  package mutating func copyInput(_ index: Int = 0, from elements: Span<Float>) {
    precondition(elements.count == inputs[index].total, "an input of another size")
    let target = inputs[index].start
    elements.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      memcpy(target, base, source.count * MemoryLayout<Float>.stride)
    }
  }

  /// Computes the outputs from the inputs.
  package mutating func run() { program.run() }

  /// Computes one of the plan's turns, for profiles: run all of them in order.
  package mutating func run(turn: Int) { program.run(plan.turns[turn].calls) }

  /// Hands out one image of an output: its elements lie side by side.
  package func readOutput<Result>(
    _ index: Int = 0, image: Int, _ read: (Span<Float>) throws -> Result
  ) rethrows -> Result {
    let port = outputs[index]
    precondition(image >= 0 && image < port.images, "an image that is not there")
    let start = port.start + image * port.imageStride
    return try read(UnsafeBufferPointer(start: start, count: port.count).span)
  }

  /// Copies the whole batch of an output, image behind image.
  package func copyOutput(_ index: Int = 0, to target: inout MutableSpan<Float>) {
    let port = outputs[index]
    precondition(target.count == port.total, "an output of another size")
    target.withUnsafeMutableBufferPointer { target in
      guard let base = target.baseAddress else { return }
      for image in 0..<port.images {
        memcpy(
          base + image * port.count, port.start + image * port.imageStride,
          port.count * MemoryLayout<Float>.stride)
      }
    }
  }

  /// The whole batch of an output in a new array.
  package func output(_ index: Int = 0) -> [Float] {
    var elements = [Float](repeating: 0, count: outputs[index].total)
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
}
