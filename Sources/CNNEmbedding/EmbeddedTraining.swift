import CNNKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A training step of an embedded network: weights of its own, which each step changes, the optimizer's state, and the
/// calls of forward, loss, backward and update. One thread at a time may use it. Emitted code makes it. A step allocates
/// nothing, and calls the system only to wait for other threads where it has any.
public struct EmbeddedTraining: ~Copyable, @unchecked Sendable {
  /// Records the calls of a step: where the arena lies, where the weights with what else steps keep behind them, and
  /// the calls.
  public typealias Recording = (
    _ arena: UnsafeMutableRawPointer, _ weights: UnsafeMutableRawPointer, _ calls: KernelCalls
  ) -> Void

  /// Where a step's inputs and outputs lie. Places are in bytes, counts in floats.
  public struct Layout: Sendable {
    let batch: Int
    let arenaBytes: Int
    let weightBytes: Int
    let images: Int
    let targets: (place: Int, count: Int)
    let loss: (place: Int, stride: Int)
    let lossCalls: Int
    let rate: (place: Int, count: Int)?
    let random: Int?

    /// - Parameters:
    ///   - batch: images of a step.
    ///   - weightBytes: those of the weights and of what else is kept between steps.
    ///   - images: where the images lie in the arena, one behind the other.
    ///   - targets: where their targets lie in the arena, and how many numbers they are.
    ///   - loss: where the first image's loss lies in the arena, and the bytes from one to the next.
    ///   - lossCalls: the calls up to the one that computes the loss.
    ///   - rate: where the learning rate lies behind the weights, and the step's number behind it if it has a count of
    ///     2; nil where the step has none.
    ///   - random: where the state of random numbers lies behind the weights; nil where nothing is random.
    public init(
      batch: Int, arenaBytes: Int, weightBytes: Int, images: Int, targets: (place: Int, count: Int),
      loss: (place: Int, stride: Int), lossCalls: Int, rate: (place: Int, count: Int)?, random: Int?
    ) {
      self.batch = batch
      self.arenaBytes = arenaBytes
      self.weightBytes = weightBytes
      self.images = images
      self.targets = targets
      self.loss = loss
      self.lossCalls = lossCalls
      self.rate = rate
      self.random = random
    }
  }

  private let layout: Layout
  private let seed: UInt64
  private let arena: AlignedMemory
  private let weights: AlignedMemory
  private let calls: KernelCalls
  private let threads: KernelThreads?
  /// Steps that were computed.
  public private(set) var stepCount = 0

  /// - Parameters:
  ///   - start: the weights before the first step; the optimizer's state is zero then.
  ///   - seed: of all that is random.
  ///   - threads: how many compute a step together, the caller being one of them; the bits are the same.
  ///   - count: the calls that `record` records.
  /// - Throws: `memory`, `threads`.
  public init(
    from start: EmbeddedWeights, _ layout: Layout, seed: UInt64, threads: Int,
    count: EmbeddedWeights.CallCount, record: Recording
  ) throws(EmbeddingError) {
    precondition(start.bytes <= layout.weightBytes && layout.lossCalls <= count.calls, "another network's")
    let arena = try AlignedMemory(bytes: layout.arenaBytes)
    let weights = try AlignedMemory(bytes: layout.weightBytes)
    let pool = try KernelThreads.computing(threads)
    memcpy(weights.pointer, start.weights.pointer, start.bytes)
    calls = KernelCalls(capacity: count.calls, words: count.fields)
    record(arena.pointer, weights.pointer, calls)
    self.layout = layout
    self.seed = seed
    self.arena = arena
    self.weights = weights
    self.threads = pool
  }

  /// The bytes of a safetensors file with the weights as they are now.
  /// - Parameter tensors: those of the network.
  public func safetensors(of tensors: [EmbeddedTensor]) -> [UInt8] {
    tensors.safetensors(from: Address(pointer: weights.pointer))
  }

  func copyWeights(to target: Address, bytes: Int) {
    precondition(bytes <= weights.bytes, "weights that are not there")
    memcpy(target.pointer, weights.pointer, bytes)
  }
}

// MARK: - Steps

extension EmbeddedTraining {
  /// One step on images with classes.
  /// - Parameters:
  ///   - images: those of the batch.
  ///   - labels: how many there are.
  ///   - classes: of the network.
  ///   - label: the number of a label's class.
  /// - Returns: the images' mean loss, before the weights change.
  /// - Throws: `inputCount`, `noClass`, `learningRate`, and nothing has changed; `divergence`.
  public mutating func step(
    _ images: [Float], labels: Int, classes: Int, learningRate: Float, label: (Int) -> Int
  ) throws(EmbeddingError) -> Float {
    guard labels == layout.targets.count else {
      throw .inputCount(of: "labels", expected: layout.targets.count, found: labels)
    }
    for index in 0..<labels where !(0..<classes).contains(label(index)) {
      throw .noClass(label: label(index), classes: classes)
    }
    try Self.check(learningRate)
    let targets = floats(in: arena.pointer, at: layout.targets.place, layout.targets.count)
    for index in 0..<labels { targets[index] = Float(label(index)) }
    return try run(images, learningRate)
  }

  /// One step on images with numbers that the network is to compute of them.
  /// - Parameter targets: plane behind plane, image behind image.
  /// - Returns: the images' mean loss, before the weights change.
  /// - Throws: `inputCount`, `learningRate`, and nothing has changed; `divergence`.
  public mutating func step(
    _ images: [Float], targets: Span<Float>, learningRate: Float
  ) throws(EmbeddingError) -> Float {
    guard targets.count == layout.targets.count else {
      throw .inputCount(of: "targets", expected: layout.targets.count, found: targets.count)
    }
    try Self.check(learningRate)
    let places = floats(in: arena.pointer, at: layout.targets.place, layout.targets.count)
    for index in targets.indices { places[index] = targets[index] }
    return try run(images, learningRate)
  }

  private static func check(_ learningRate: Float) throws(EmbeddingError) {
    guard learningRate.isFinite, learningRate >= 0 else { throw .learningRate(learningRate) }
  }

  /// The step, with its targets in place.
  private mutating func run(_ images: [Float], _ learningRate: Float) throws(EmbeddingError) -> Float {
    arena.write(images, at: layout.images)
    setControls(learningRate)
    calls.run(0..<layout.lossCalls, on: threads)
    var sum = 0.0
    for image in 0..<layout.batch {
      sum += Double(floats(in: arena.pointer, at: layout.loss.place + image * layout.loss.stride, 1)[0])
    }
    guard sum.isFinite else { throw .divergence(step: stepCount + 1) }
    calls.run(layout.lossCalls..<calls.count, on: threads)
    stepCount += 1
    return Float(sum / Double(layout.batch))
  }

  /// The learning rate with the step's number, from 1, and the state of random numbers: seed, step from 0 and number of
  /// the first image, 16 bits an element, lowest first.
  private func setControls(_ learningRate: Float) {
    if let rate = layout.rate {
      let values = floats(in: weights.pointer, at: rate.place, rate.count)
      values[0] = learningRate
      if rate.count > 1 { values[1] = Float(stepCount + 1) }
    }
    if let random = layout.random {
      let values = floats(in: weights.pointer, at: random, 12)
      for digit in 0..<4 {
        values[digit] = Float(seed >> UInt64(16 * digit) & 0xFFFF)
        values[4 + digit] = Float(UInt64(stepCount) >> UInt64(16 * digit) & 0xFFFF)
        values[8 + digit] = 0
      }
    }
  }

  private func floats(
    in memory: UnsafeMutableRawPointer, at place: Int, _ count: Int
  ) -> UnsafeMutableBufferPointer<Float> {
    let start = (memory + place).assumingMemoryBound(to: Float.self)
    return UnsafeMutableBufferPointer(start: start, count: count)
  }
}
