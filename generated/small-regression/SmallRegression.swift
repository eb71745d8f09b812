// The network `small-regression`, made by `cnnc emit`: change the spec, not this file.
// Its weights come from a file that `cnnc emit small-regression --target swift --weights FILE` makes.

import CNNEmbedding
import CNNKernels

/// The network `small-regression`, which computes 2 scores of an image of 1x4x4.
/// One thread at a time may use a value of this type; any number of them may share weights.
public struct SmallRegression: ~Copyable, Sendable {
  /// Images of one run.
  public static let batch = 1
  /// Channels, height and width of an image.
  public static let inputShape = [1, 4, 4]
  /// Of one image.
  public static let outputShape = [2]
  /// Bytes of memory that a value of this type takes, weights not counted.
  public static let arenaBytes = 128
  /// Trained numbers.
  public static let parameterCount = 154
  /// Of convolutions and fully connected layers, for one image.
  public static let multiplications = 144

  private var network: EmbeddedNetwork

  /// - Parameter threads: how many compute a run together; the results are the same, bit for bit.
  /// - Throws: where the machine has not the memory, or does not start the threads.
  public init(weights: Weights, threads: Int = 1) throws(EmbeddingError) {
    network = try EmbeddedNetwork(
      weights: weights.storage, arenaBytes: Self.arenaBytes, threads: threads,
      count: EmbeddedWeights.CallCount(calls: 2, fields: 16)
    ) { arena, weights, constants, calls in
      // fc1, tanh1
      calls.add(
        "dense",
        cnn_dense_parameters(
          batch: 1, y_stride: 8, x_stride: 16, r_stride: 0, depth: 16, units: 8, function: 6,
          alpha: 0.0),
        arena + 64, arena, weights, weights + 512, nil)
      // fc2
      calls.add(
        "dense",
        cnn_dense_parameters(
          batch: 1, y_stride: 2, x_stride: 8, r_stride: 0, depth: 8, units: 2, function: 0,
          alpha: 0.0),
        arena, arena + 64, weights + 576, weights + 640, nil)
    }
  }

  /// Computes an output and hands it out. Allocates nothing.
  /// - Parameter read: gets 2 elements, valid in the call only.
  public mutating func run<Result>(
    _ input: Input, _ read: (Span<Float>) throws -> Result
  ) rethrows -> Result {
    network.run(input.elements, at: 0)
    return try network.read(at: 0, count: 2) { output in
      return try read(output)
    }
  }

  /// The class with the largest score, and that.
  public mutating func classify(_ input: Input) -> (number: Int, score: Float) {
    network.run(input.elements, at: 0)
    let offset = 0
    let best = network.best(at: offset, count: 2, isDistance: false)
    let score = network.read(at: offset + 4 * best, count: 1) { $0[0] }
    return (best, score)
  }

  /// An image of 1x4x4, ready to be computed.
  public struct Input: Sendable {
    fileprivate let elements: [Float]

    /// Preprocesses as the spec says.
    /// - Parameter pixels: 16 bytes, row behind row, each pixel gray.
    /// - Throws: `inputCount` for another number of bytes.
    public init(pixels: Span<UInt8>) throws(EmbeddingError) {
      elements = try EmbeddedInput.elements(
        pixels: pixels, shape: [1, 4, 4], images: 1,
        scale: 0.00392156862745098, mean: [0.0],
        std: [1.0], isReversed: false)
    }

    /// - Parameter values: 16 numbers, preprocessed, plane behind plane.
    /// - Throws: `inputCount` for another number of values.
    public init(values: Span<Float>) throws(EmbeddingError) {
      elements = try EmbeddedInput.elements(values: values, count: 16)
    }
  }

  /// The trained numbers, in the order in which kernels read them. Never changes.
  public final class Weights: Sendable {
    fileprivate let storage: EmbeddedWeights

    /// Maps a file of weights into memory, which must not change meanwhile.
    /// - Throws: where the file is not whole, or not this network's.
    public init(contentsOf path: String) throws(EmbeddingError) {
      storage = try EmbeddedWeights(
        contentsOf: path, network: 0x70e9d9d8adb40964, hash: nil,
        bytes: 704, constantBytes: 0, count: Self.count, prepare: Self.prepare)
    }

    /// Weights that `Training.safetensors` has saved, or `cnnc train`.
    /// - Parameter safetensors: the file's bytes.
    /// - Throws: `safetensors` where the file is not whole, or not of this network.
    public init(safetensors: [UInt8]) throws(EmbeddingError) {
      storage = try EmbeddedWeights(
        safetensors: safetensors, tensors: Self.tensors,
        bytes: 704, constantBytes: 0, count: Self.count, prepare: Self.prepare)
    }

    fileprivate init(copying training: borrowing EmbeddedTraining) throws(EmbeddingError) {
      storage = try EmbeddedWeights(
        copying: training,
        bytes: 704, constantBytes: 0, count: Self.count, prepare: Self.prepare)
    }

    private static let count = EmbeddedWeights.CallCount(calls: 0, fields: 0)

    private static func prepare(
      _ weights: UnsafeMutableRawPointer, _ constants: UnsafeMutableRawPointer, _ calls: KernelCalls
    ) {
    }

    fileprivate static let tensors: [EmbeddedTensor] = [
      EmbeddedTensor("fc1.weight", [8, 16], at: 0),
      EmbeddedTensor("fc1.bias", [8], at: 512),
      EmbeddedTensor("fc2.weight", [2, 8], at: 576),
      EmbeddedTensor("fc2.bias", [2], at: 640),
    ]
  }

  /// Trains the network further by the recipe of its spec: loss, optimizer, dropout, batch norms. Learning rates
  /// and changes of the images, such as flips, are the caller's. One thread at a time may use a value of this type.
  public struct Training: ~Copyable, Sendable {
    /// Images of a step.
    public static let batch = 4
    /// Bytes of memory that a value of this type takes, its weights among them.
    public static let memoryBytes = 3200

    private var training: EmbeddedTraining

    /// - Parameters:
    ///   - weights: what to start from.
    ///   - threads: how many compute a step together; the results are the same, bit for bit.
    /// - Throws: where the machine has not the memory, or does not start the threads.
    public init(weights: Weights, threads: Int = 1) throws(EmbeddingError) {
      training = try EmbeddedTraining(
        from: weights.storage,
        EmbeddedTraining.Layout(
          batch: 4, arenaBytes: 1024, weightBytes: 2176,
          images: 512, targets: (256, 8),
          loss: (960, 4), lossCalls: 4,
          rate: (1728, 2), random: nil),
        seed: 0, threads: threads,
        count: EmbeddedWeights.CallCount(calls: 18, fields: 103)
      ) { arena, weights, calls in
        // fc1
        calls.add(
          "dense",
          cnn_dense_parameters(
            batch: 4, y_stride: 8, x_stride: 16, r_stride: 0, depth: 16, units: 8, function: 0,
            alpha: 0.0),
          arena, arena + 512, weights, weights + 512, nil)
        // tanh1
        calls.add(
          "activation",
          cnn_activation_parameters(
            batch: 4, count: 8, y_stride: 8, x_stride: 8, function: 6, alpha: 0.0),
          arena + 128, arena)
        // fc2
        calls.add(
          "dense",
          cnn_dense_parameters(
            batch: 4, y_stride: 2, x_stride: 8, r_stride: 0, depth: 8, units: 2, function: 0,
            alpha: 0.0),
          arena + 896, arena + 128, weights + 576, weights + 640, nil)
        // loss
        calls.add(
          "squared_error",
          cnn_squared_error_parameters(
            batch: 4, images: 4, loss_stride: 1, dx_stride: 2, x_stride: 2, target_stride: 2, count: 2),
          arena + 960, arena + 320, arena + 896, arena + 256)
        // fc2
        calls.add(
          "dense_input_gradient",
          cnn_dense_input_gradient_parameters(
            batch: 4, dx_stride: 8, dy_stride: 2, depth: 8, units: 2),
          arena + 768, arena + 320, weights + 576)
        // fc2
        calls.add(
          "dense_weight_gradient",
          cnn_dense_weight_gradient_parameters(
            batch: 4, x_stride: 8, dy_stride: 2, depth: 8, units: 2),
          arena + 256, arena + 128, arena + 320)
        // fc2
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 16, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 1920, weights + 1984, weights + 1920, weights + 1984, weights + 576, arena + 256)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 16, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.0, rate_factor: 1.0),
          weights + 576, weights + 576, weights + 1920, weights + 1984, weights + 1728)
        // fc2
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 4, channels: 2, area: 1, dy_stride: 2, x_stride: 0, factor: 0),
          arena + 128, arena + 320, nil)
        // fc2
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 2, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 2048, weights + 2112, weights + 2048, weights + 2112, weights + 640, arena + 128)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 2, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.0, rate_factor: 1.0),
          weights + 640, weights + 640, weights + 2048, weights + 2112, weights + 1728)
        // tanh1
        calls.add(
          "activation_gradient",
          cnn_activation_gradient_parameters(
            batch: 4, count: 8, dx_stride: 8, dy_stride: 8, x_stride: 8, function: 6, alpha: 0.0),
          arena + 768, arena + 768, arena)
        // fc1
        calls.add(
          "dense_weight_gradient",
          cnn_dense_weight_gradient_parameters(
            batch: 4, x_stride: 16, dy_stride: 8, depth: 16, units: 8),
          arena, arena + 512, arena + 768)
        // fc1
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 128, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 704, weights + 1216, weights + 704, weights + 1216, weights, arena)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 128, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.0, rate_factor: 1.0),
          weights, weights, weights + 704, weights + 1216, weights + 1728)
        // fc1
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 4, channels: 8, area: 1, dy_stride: 8, x_stride: 0, factor: 0),
          arena, arena + 768, nil)
        // fc1
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 8, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 1792, weights + 1856, weights + 1792, weights + 1856, weights + 512, arena)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 8, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.0, rate_factor: 1.0),
          weights + 512, weights + 512, weights + 1792, weights + 1856, weights + 1728)
      }
    }

    /// Computes the loss of some images, and changes the weights by its gradient. Allocates nothing.
    /// - Parameters:
    ///   - targets: 8 numbers that the network is to compute of the 4 images, plane behind plane.
    ///   - learningRate: of this step.
    /// - Returns: the mean loss of the 4 images, before the change.
    /// - Throws: `inputCount`, `learningRate`, and nothing has changed; `divergence`.
    public mutating func step(
      _ input: Input, targets: Span<Float>, learningRate: Float
    ) throws(EmbeddingError) -> Float {
      try training.step(input.elements, targets: targets, learningRate: learningRate)
    }

    /// Steps that were computed.
    public var stepCount: Int { training.stepCount }

    /// A copy of the weights as they are now, to compute with.
    /// - Throws: where the machine has not the memory.
    public func weights() throws(EmbeddingError) -> Weights {
      try Weights(copying: training)
    }

    /// The bytes of a safetensors file of the weights as they are now, which `Weights(safetensors:)` reads, and every
    /// command of `cnnc`. The optimizer's state is not in it.
    public var safetensors: [UInt8] {
      training.safetensors(of: Weights.tensors)
    }

    /// 4 images of 1x4x4, ready to be computed.
    public struct Input: Sendable {
      fileprivate let elements: [Float]

      /// Preprocesses as the spec says.
      /// - Parameter pixels: 64 bytes, row behind row, each pixel gray.
      /// - Throws: `inputCount` for another number of bytes.
      public init(pixels: Span<UInt8>) throws(EmbeddingError) {
        elements = try EmbeddedInput.elements(
          pixels: pixels, shape: [1, 4, 4], images: 4,
          scale: 0.00392156862745098, mean: [0.0],
          std: [1.0], isReversed: false)
      }

      /// - Parameter values: 64 numbers, preprocessed, plane behind plane.
      /// - Throws: `inputCount` for another number of values.
      public init(values: Span<Float>) throws(EmbeddingError) {
        elements = try EmbeddedInput.elements(values: values, count: 64)
      }
    }
  }
}
