import CNNKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A running embedded network: its memory and its calls. One thread at a time may use it; many may share weights.
/// Emitted code makes it. After creation nothing in here allocates, nor calls the system but to wait for the network's
/// other threads where it has any.
public struct EmbeddedNetwork: ~Copyable, @unchecked Sendable {
  /// Records the calls of a run: where arena, weights and constants lie, and the calls.
  public typealias Recording = (
    _ arena: UnsafeMutableRawPointer, _ weights: UnsafeMutableRawPointer,
    _ constants: UnsafeMutableRawPointer,
    _ calls: KernelCalls
  ) -> Void

  private let arena: AlignedMemory
  private let weights: EmbeddedWeights
  private let calls: KernelCalls
  private let threads: KernelThreads?

  /// - Parameters:
  ///   - threads: how many compute a run together, the caller being one of them; the bits are the same.
  ///   - count: the calls that `record` records.
  /// - Throws: `memory`, `threads`.
  public init(
    weights: EmbeddedWeights, arenaBytes: Int, threads: Int, count: EmbeddedWeights.CallCount,
    record: Recording
  ) throws(EmbeddingError) {
    let arena = try AlignedMemory(bytes: arenaBytes)
    let pool = try KernelThreads.computing(threads)
    calls = KernelCalls(capacity: count.calls, words: count.fields)
    record(arena.pointer, weights.weights.pointer, weights.constantsAddress.pointer, calls)
    self.arena = arena
    self.weights = weights
    self.threads = pool
  }

  /// Copies an input into the arena and computes everything.
  /// - Parameter offset: of the input, in bytes.
  public mutating func run(_ input: [Float], at offset: Int) {
    arena.write(input, at: offset)
    calls.run(on: threads)
  }

  /// Hands out what lies in the arena.
  /// - Parameters:
  ///   - offset: in bytes.
  ///   - count: floats.
  public func read<Result: ~Copyable>(
    at offset: Int, count: Int, _ body: (Span<Float>) throws -> Result
  ) rethrows -> Result {
    precondition(offset >= 0 && count >= 0 && offset + count * 4 <= arena.bytes, "outside the arena")
    let start = (arena.pointer + offset).assumingMemoryBound(to: Float.self)
    return try body(UnsafeBufferPointer(start: start, count: count).span)
  }

  /// The place of the best score; the first of several, any that is not a number being worse.
  /// - Parameter isDistance: whether the smallest is the best.
  public func best(at offset: Int, count: Int, isDistance: Bool) -> Int {
    read(at: offset, count: count) { scores in
      var best = 0
      for index in scores.indices.dropFirst() {
        let (new, old) = (scores[index], scores[best])
        if !new.isNaN, old.isNaN || (isDistance ? new < old : new > old) { best = index }
      }
      return best
    }
  }
}
