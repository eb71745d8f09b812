// The network `lenet5`, made by `cnnc emit`: change the spec, not this file.
// Its weights are in TrainableLeNet5.weights, made together with this file.

import CNNEmbedding
import CNNKernels

/// The network `lenet5`, which computes 10 scores of an image of 1x28x28.
/// One thread at a time may use a value of this type; any number of them may share weights.
public struct TrainableLeNet5: ~Copyable, Sendable {
  /// Images of one run.
  public static let batch = 1
  /// Channels, height and width of an image.
  public static let inputShape = [1, 28, 28]
  /// Of one image.
  public static let outputShape = [10]
  /// Bytes of memory that a value of this type takes, weights not counted.
  public static let arenaBytes = 7872
  /// Trained numbers.
  public static let parameterCount = 61706
  /// Of convolutions and fully connected layers, for one image.
  public static let multiplications = 416520

  private var network: EmbeddedNetwork

  /// - Parameter threads: how many compute a run together; the results are the same, bit for bit.
  /// - Throws: where the machine has not the memory, or does not start the threads.
  public init(weights: Weights, threads: Int = 1) throws(EmbeddingError) {
    network = try EmbeddedNetwork(
      weights: weights.storage, arenaBytes: Self.arenaBytes, threads: threads,
      count: EmbeddedWeights.CallCount(calls: 6, fields: 62)
    ) { arena, weights, constants, calls in
      // conv1, relu1, maxpool1
      calls.add(
        "conv2d_pool_small",
        cnn_conv2d_pool_small_parameters(
          batch: 1, y_stride: 1176, places_stride: 0, x_stride: 784, height: 28, width: 28,
          out_height: 14, out_width: 14, channels: 1, filters: 6, kernel_height: 5, kernel_width: 5,
          pad_top: 2, pad_left: 2, function: 1, alpha: 0.0),
        arena, nil, arena + 4736, constants + 9600, weights + 640)
      // conv2, relu2, maxpool2
      calls.add(
        "conv2d_pool_small",
        cnn_conv2d_pool_small_parameters(
          batch: 1, y_stride: 400, places_stride: 0, x_stride: 1176, height: 14, width: 14,
          out_height: 5, out_width: 5, channels: 6, filters: 16, kernel_height: 5, kernel_width: 5,
          pad_top: 0, pad_left: 0, function: 1, alpha: 0.0),
        arena + 4736, nil, arena, constants, weights + 10304)
      // fc1, relu3
      calls.add(
        "dense",
        cnn_dense_parameters(
          batch: 1, y_stride: 120, x_stride: 400, r_stride: 0, depth: 400, units: 120, function: 1,
          alpha: 0.0),
        arena, arena + 4736, weights + 10368, weights + 202368, nil)
      // fc2, relu4
      calls.add(
        "dense",
        cnn_dense_parameters(
          batch: 1, y_stride: 84, x_stride: 120, r_stride: 0, depth: 120, units: 84, function: 1,
          alpha: 0.0),
        arena + 512, arena, weights + 202880, weights + 243200, nil)
      // fc3
      calls.add(
        "dense",
        cnn_dense_parameters(
          batch: 1, y_stride: 10, x_stride: 84, r_stride: 0, depth: 84, units: 10, function: 0,
          alpha: 0.0),
        arena, arena + 512, weights + 243584, weights + 246976, nil)
      // softmax1
      calls.add(
        "softmax",
        cnn_softmax_parameters(
          batch: 1, y_stride: 10, x_stride: 10, channels: 10, pixels: 1, logarithmic: 0),
        arena, arena)
    }
  }

  /// Computes an output and hands it out. Allocates nothing.
  /// - Parameter read: gets 10 elements, valid in the call only.
  public mutating func run<Result>(
    _ input: Input, _ read: (Span<Float>) throws -> Result
  ) rethrows -> Result {
    network.run(input.elements, at: 4736)
    return try network.read(at: 0, count: 10) { output in
      return try read(output)
    }
  }

  /// The class with the largest score, and that.
  public mutating func classify(_ input: Input) -> (label: Label, score: Float) {
    network.run(input.elements, at: 4736)
    let offset = 0
    let best = network.best(at: offset, count: 10, isDistance: false)
    let score = network.read(at: offset + 4 * best, count: 1) { $0[0] }
    guard let label = Label(rawValue: best) else {
      preconditionFailure("each score has a label")
    }
    return (label, score)
  }

  /// An image of 1x28x28, ready to be computed.
  public struct Input: Sendable {
    fileprivate let elements: [Float]

    /// Preprocesses as the spec says.
    /// - Parameter pixels: 784 bytes, row behind row, each pixel gray.
    /// - Throws: `inputCount` for another number of bytes.
    public init(pixels: Span<UInt8>) throws(EmbeddingError) {
      elements = try EmbeddedInput.elements(
        pixels: pixels, shape: [1, 28, 28], images: 1,
        scale: 0.00392156862745098, mean: [0.286],
        std: [0.353], isReversed: false)
    }

    /// - Parameter values: 784 numbers, preprocessed, plane behind plane.
    /// - Throws: `inputCount` for another number of values.
    public init(values: Span<Float>) throws(EmbeddingError) {
      elements = try EmbeddedInput.elements(values: values, count: 784)
    }
  }

  /// What the network tells apart, by the number of the score.
  public enum Label: Int, CaseIterable, CustomStringConvertible, Sendable {
    case tShirtTop
    case trouser
    case pullover
    case dress
    case coat
    case sandal
    case shirt
    case sneaker
    case bag
    case ankleBoot

    /// As the spec has it.
    public var description: String { Self.texts[rawValue] }

    private static let texts: [String] = [
      "T-shirt/top",
      "Trouser",
      "Pullover",
      "Dress",
      "Coat",
      "Sandal",
      "Shirt",
      "Sneaker",
      "Bag",
      "Ankle boot",
    ]
  }

  /// The trained numbers, in the order in which kernels read them. Never changes.
  public final class Weights: Sendable {
    fileprivate let storage: EmbeddedWeights

    /// Maps a file of weights into memory, which must not change meanwhile.
    /// - Throws: where the file is not whole, or not the one made with this source.
    public init(contentsOf path: String) throws(EmbeddingError) {
      storage = try EmbeddedWeights(
        contentsOf: path, network: 0x57a1c63e9e94f814, hash: 0xe93433f1cb6d0478,
        bytes: 247040, constantBytes: 11200, count: Self.count, prepare: Self.prepare)
    }

    /// Weights that `Training.safetensors` has saved, or `cnnc train`.
    /// - Parameter safetensors: the file's bytes.
    /// - Throws: `safetensors` where the file is not whole, or not of this network.
    public init(safetensors: [UInt8]) throws(EmbeddingError) {
      storage = try EmbeddedWeights(
        safetensors: safetensors, tensors: Self.tensors,
        bytes: 247040, constantBytes: 11200, count: Self.count, prepare: Self.prepare)
    }

    fileprivate init(copying training: borrowing EmbeddedTraining) throws(EmbeddingError) {
      storage = try EmbeddedWeights(
        copying: training,
        bytes: 247040, constantBytes: 11200, count: Self.count, prepare: Self.prepare)
    }

    private static let count = EmbeddedWeights.CallCount(calls: 2, fields: 10)

    private static func prepare(
      _ weights: UnsafeMutableRawPointer, _ constants: UnsafeMutableRawPointer, _ calls: KernelCalls
    ) {
      calls.add(
        "pack_panels",
        cnn_pack_panels_parameters(
          groups: 1, filters: 6, channels: 1, taps: 25, order: 1),
        constants + 9600, weights)
      calls.add(
        "pack_panels",
        cnn_pack_panels_parameters(
          groups: 1, filters: 16, channels: 6, taps: 25, order: 1),
        constants, weights + 704)
    }

    fileprivate static let tensors: [EmbeddedTensor] = [
      EmbeddedTensor("conv1.weight", [6, 1, 5, 5], at: 0),
      EmbeddedTensor("conv1.bias", [6], at: 640),
      EmbeddedTensor("conv2.weight", [16, 6, 5, 5], at: 704),
      EmbeddedTensor("conv2.bias", [16], at: 10304),
      EmbeddedTensor("fc1.weight", [120, 400], at: 10368),
      EmbeddedTensor("fc1.bias", [120], at: 202368),
      EmbeddedTensor("fc2.weight", [84, 120], at: 202880),
      EmbeddedTensor("fc2.bias", [84], at: 243200),
      EmbeddedTensor("fc3.weight", [10, 84], at: 243584),
      EmbeddedTensor("fc3.bias", [10], at: 246976),
    ]
  }

  /// Trains the network further by the recipe of its spec: loss, optimizer, dropout, batch norms. Learning rates
  /// and changes of the images, such as flips, are the caller's. One thread at a time may use a value of this type.
  public struct Training: ~Copyable, Sendable {
    /// Images of a step.
    public static let batch = 64
    /// Bytes of memory that a value of this type takes, its weights among them.
    public static let memoryBytes = 1829696

    private var training: EmbeddedTraining

    /// - Parameters:
    ///   - weights: what to start from.
    ///   - threads: how many compute a step together; the results are the same, bit for bit.
    /// - Throws: where the machine has not the memory, or does not start the threads.
    public init(weights: Weights, threads: Int = 1) throws(EmbeddingError) {
      training = try EmbeddedTraining(
        from: weights.storage,
        EmbeddedTraining.Layout(
          batch: 64, arenaBytes: 1335552, weightBytes: 494144,
          images: 1134848, targets: (657152, 64),
          loss: (0, 4), lossCalls: 9,
          rate: (247680, 1), random: nil),
        seed: 0, threads: threads,
        count: EmbeddedWeights.CallCount(calls: 37, fields: 262)
      ) { arena, weights, calls in
        // conv1, relu1, maxpool1
        calls.add(
          "pack_panels",
          cnn_pack_panels_parameters(
            groups: 1, filters: 6, channels: 1, taps: 25, order: 1),
          arena + 602368, weights)
        calls.add(
          "conv2d_pool_small",
          cnn_conv2d_pool_small_parameters(
            batch: 64, y_stride: 1176, places_stride: 1176, x_stride: 784, height: 28, width: 28,
            out_height: 14, out_width: 14, channels: 1, filters: 6, kernel_height: 5, kernel_width: 5,
            pad_top: 2, pad_left: 2, function: 1, alpha: 0.0),
          arena + 256, arena + 301312, arena + 1134848, arena + 602368, weights + 640)
        // conv2, relu2, maxpool2
        calls.add(
          "pack_panels",
          cnn_pack_panels_parameters(
            groups: 1, filters: 16, channels: 6, taps: 25, order: 1),
          arena + 602368, weights + 704)
        calls.add(
          "conv2d_pool_small",
          cnn_conv2d_pool_small_parameters(
            batch: 64, y_stride: 400, places_stride: 400, x_stride: 1176, height: 14, width: 14,
            out_height: 5, out_width: 5, channels: 6, filters: 16, kernel_height: 5, kernel_width: 5,
            pad_top: 0, pad_left: 0, function: 1, alpha: 0.0),
          arena + 999168, arena + 704768, arena + 256, arena + 602368, weights + 10304)
        // fc1, relu3
        calls.add(
          "dense",
          cnn_dense_parameters(
            batch: 64, y_stride: 120, x_stride: 400, r_stride: 0, depth: 400, units: 120, function: 1,
            alpha: 0.0),
          arena + 602368, arena + 999168, weights + 10368, weights + 202368, nil)
        // fc2, relu4
        calls.add(
          "dense",
          cnn_dense_parameters(
            batch: 64, y_stride: 84, x_stride: 120, r_stride: 0, depth: 120, units: 84, function: 1,
            alpha: 0.0),
          arena + 633088, arena + 602368, weights + 202880, weights + 243200, nil)
        // fc3
        calls.add(
          "dense",
          cnn_dense_parameters(
            batch: 64, y_stride: 10, x_stride: 84, r_stride: 0, depth: 84, units: 10, function: 0,
            alpha: 0.0),
          arena + 1132288, arena + 633088, weights + 243584, weights + 246976, nil)
        // softmax1
        calls.add(
          "softmax",
          cnn_softmax_parameters(
            batch: 64, y_stride: 10, x_stride: 10, channels: 10, pixels: 1, logarithmic: 0),
          arena + 654592, arena + 1132288)
        // loss
        calls.add(
          "cross_entropy",
          cnn_cross_entropy_parameters(
            batch: 64, images: 64, loss_stride: 1, dx_stride: 10, x_stride: 10, target_stride: 1,
            channels: 10, pixels: 1, smoothing: 0.0, sign: 1.0),
          arena, arena + 657984, arena + 1132288, arena + 657152)
        // fc3
        calls.add(
          "dense_input_gradient",
          cnn_dense_input_gradient_parameters(
            batch: 64, dx_stride: 84, dy_stride: 10, depth: 84, units: 10),
          arena + 673408, arena + 657984, weights + 243584)
        // fc3
        calls.add(
          "dense_weight_gradient",
          cnn_dense_weight_gradient_parameters(
            batch: 64, x_stride: 84, dy_stride: 10, depth: 84, units: 10),
          arena + 654592, arena + 633088, arena + 657984)
        // fc3
        calls.add(
          "sgd_update",
          cnn_sgd_update_parameters(
            count: 840, nesterov: 1, momentum: 0.9, weight_decay: 0.0005, rate_factor: 1.0),
          weights + 243584, weights + 490688, weights + 243584, arena + 654592, weights + 490688,
          weights + 247680)
        // fc3
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 64, channels: 10, area: 1, dy_stride: 10, x_stride: 0, factor: 0),
          arena + 654592, arena + 657984, nil)
        // fc3
        calls.add(
          "sgd_update",
          cnn_sgd_update_parameters(
            count: 10, nesterov: 1, momentum: 0.9, weight_decay: 0.0005, rate_factor: 1.0),
          weights + 246976, weights + 494080, weights + 246976, arena + 654592, weights + 494080,
          weights + 247680)
        // relu4
        calls.add(
          "activation_gradient",
          cnn_activation_gradient_parameters(
            batch: 64, count: 84, dx_stride: 84, dy_stride: 84, x_stride: 84, function: 1, alpha: 0.0),
          arena + 673408, arena + 673408, arena + 633088)
        // fc2
        calls.add(
          "dense_input_gradient",
          cnn_dense_input_gradient_parameters(
            batch: 64, dx_stride: 120, dy_stride: 84, depth: 120, units: 84),
          arena + 1101568, arena + 673408, weights + 202880)
        // fc2
        calls.add(
          "dense_weight_gradient",
          cnn_dense_weight_gradient_parameters(
            batch: 64, x_stride: 120, dy_stride: 84, depth: 120, units: 84),
          arena + 633088, arena + 602368, arena + 673408)
        // fc2
        calls.add(
          "sgd_update",
          cnn_sgd_update_parameters(
            count: 10080, nesterov: 1, momentum: 0.9, weight_decay: 0.0005, rate_factor: 1.0),
          weights + 202880, weights + 449984, weights + 202880, arena + 633088, weights + 449984,
          weights + 247680)
        // fc2
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 64, channels: 84, area: 1, dy_stride: 84, x_stride: 0, factor: 0),
          arena + 633088, arena + 673408, nil)
        // fc2
        calls.add(
          "sgd_update",
          cnn_sgd_update_parameters(
            count: 84, nesterov: 1, momentum: 0.9, weight_decay: 0.0005, rate_factor: 1.0),
          weights + 243200, weights + 490304, weights + 243200, arena + 633088, weights + 490304,
          weights + 247680)
        // relu3
        calls.add(
          "activation_gradient",
          cnn_activation_gradient_parameters(
            batch: 64, count: 120, dx_stride: 120, dy_stride: 120, x_stride: 120, function: 1,
            alpha: 0.0),
          arena + 1101568, arena + 1101568, arena + 602368)
        // fc1
        calls.add(
          "dense_input_gradient",
          cnn_dense_input_gradient_parameters(
            batch: 64, dx_stride: 400, dy_stride: 120, depth: 400, units: 120),
          arena + 602368, arena + 1101568, weights + 10368)
        // fc1
        calls.add(
          "dense_weight_gradient",
          cnn_dense_weight_gradient_parameters(
            batch: 64, x_stride: 400, dy_stride: 120, depth: 400, units: 120),
          arena + 807168, arena + 999168, arena + 1101568)
        // fc1
        calls.add(
          "sgd_update",
          cnn_sgd_update_parameters(
            count: 48000, nesterov: 1, momentum: 0.9, weight_decay: 0.0005, rate_factor: 1.0),
          weights + 10368, weights + 257472, weights + 10368, arena + 807168, weights + 257472,
          weights + 247680)
        // fc1
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 64, channels: 120, area: 1, dy_stride: 120, x_stride: 0, factor: 0),
          arena + 807168, arena + 1101568, nil)
        // fc1
        calls.add(
          "sgd_update",
          cnn_sgd_update_parameters(
            count: 120, nesterov: 1, momentum: 0.9, weight_decay: 0.0005, rate_factor: 1.0),
          weights + 202368, weights + 449472, weights + 202368, arena + 807168, weights + 449472,
          weights + 247680)
        // conv2, relu2, maxpool2
        calls.add(
          "activation_gradient",
          cnn_activation_gradient_parameters(
            batch: 64, count: 400, dx_stride: 400, dy_stride: 400, x_stride: 400, function: 1,
            alpha: 0.0),
          arena + 602368, arena + 602368, arena + 999168)
        // conv2, relu2, maxpool2
        calls.add(
          "conv2d_pool_input_gradient",
          cnn_conv2d_pool_input_gradient_parameters(
            batch: 64, x_stride: 1176, dy_stride: 400, places_stride: 400, height: 14, width: 14,
            out_height: 5, out_width: 5, channels: 6, filters: 16, kernel_height: 5, kernel_width: 5,
            pad_top: 0, pad_left: 0),
          arena + 807168, arena + 602368, arena + 704768, weights + 704)
        // conv2, relu2, maxpool2
        calls.add(
          "conv2d_pool_weight_gradient",
          cnn_conv2d_pool_weight_gradient_parameters(
            batch: 64, x_stride: 1176, dy_stride: 400, places_stride: 400, height: 14, width: 14,
            out_height: 5, out_width: 5, channels: 6, filters: 16, kernel_height: 5, kernel_width: 5,
            pad_top: 0, pad_left: 0),
          arena + 1108224, arena + 256, arena + 602368, arena + 704768)
        // conv2
        calls.add(
          "sgd_update",
          cnn_sgd_update_parameters(
            count: 2400, nesterov: 1, momentum: 0.9, weight_decay: 0.0005, rate_factor: 1.0),
          weights + 704, weights + 247808, weights + 704, arena + 1108224, weights + 247808,
          weights + 247680)
        // conv2, relu2, maxpool2
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 64, channels: 16, area: 25, dy_stride: 400, x_stride: 0, factor: 0),
          arena + 704768, arena + 602368, nil)
        // conv2
        calls.add(
          "sgd_update",
          cnn_sgd_update_parameters(
            count: 16, nesterov: 1, momentum: 0.9, weight_decay: 0.0005, rate_factor: 1.0),
          weights + 10304, weights + 257408, weights + 10304, arena + 704768, weights + 257408,
          weights + 247680)
        // conv1, relu1, maxpool1
        calls.add(
          "activation_gradient",
          cnn_activation_gradient_parameters(
            batch: 64, count: 1176, dx_stride: 1176, dy_stride: 1176, x_stride: 1176, function: 1,
            alpha: 0.0),
          arena + 807168, arena + 807168, arena + 256)
        // conv1, relu1, maxpool1
        calls.add(
          "conv2d_pool_weight_gradient",
          cnn_conv2d_pool_weight_gradient_parameters(
            batch: 64, x_stride: 784, dy_stride: 1176, places_stride: 1176, height: 28, width: 28,
            out_height: 14, out_width: 14, channels: 1, filters: 6, kernel_height: 5, kernel_width: 5,
            pad_top: 2, pad_left: 2),
          arena + 256, arena + 1134848, arena + 807168, arena + 301312)
        // conv1
        calls.add(
          "sgd_update",
          cnn_sgd_update_parameters(
            count: 150, nesterov: 1, momentum: 0.9, weight_decay: 0.0005, rate_factor: 1.0),
          weights, weights + 247040, weights, arena + 256, weights + 247040, weights + 247680)
        // conv1, relu1, maxpool1
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 64, channels: 6, area: 196, dy_stride: 1176, x_stride: 0, factor: 0),
          arena + 256, arena + 807168, nil)
        // conv1
        calls.add(
          "sgd_update",
          cnn_sgd_update_parameters(
            count: 6, nesterov: 1, momentum: 0.9, weight_decay: 0.0005, rate_factor: 1.0),
          weights + 640, weights + 247744, weights + 640, arena + 256, weights + 247744,
          weights + 247680)
      }
    }

    /// Computes the loss of some images, and changes the weights by its gradient. Allocates nothing.
    /// - Parameters:
    ///   - labels: the classes of the 64 images.
    ///   - learningRate: of this step.
    /// - Returns: the mean loss of the 64 images, before the change.
    /// - Throws: `inputCount`, `learningRate`, and nothing has changed; `divergence`.
    public mutating func step(
      _ input: Input, labels: [Label], learningRate: Float
    ) throws(EmbeddingError) -> Float {
      try training.step(
        input.elements, labels: labels.count, classes: 10, learningRate: learningRate
      ) { labels[$0].rawValue }
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

    /// 64 images of 1x28x28, ready to be computed.
    public struct Input: Sendable {
      fileprivate let elements: [Float]

      /// Preprocesses as the spec says.
      /// - Parameter pixels: 50176 bytes, row behind row, each pixel gray.
      /// - Throws: `inputCount` for another number of bytes.
      public init(pixels: Span<UInt8>) throws(EmbeddingError) {
        elements = try EmbeddedInput.elements(
          pixels: pixels, shape: [1, 28, 28], images: 64,
          scale: 0.00392156862745098, mean: [0.286],
          std: [0.353], isReversed: false)
      }

      /// - Parameter values: 50176 numbers, preprocessed, plane behind plane.
      /// - Throws: `inputCount` for another number of values.
      public init(values: Span<Float>) throws(EmbeddingError) {
        elements = try EmbeddedInput.elements(values: values, count: 50176)
      }
    }
  }
}
