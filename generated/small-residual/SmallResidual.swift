// The network `small-residual`, made by `cnnc emit`: change the spec, not this file.
// Its weights come from a file that `cnnc emit small-residual --target swift --weights FILE` makes.

import CNNEmbedding
import CNNKernels

/// The network `small-residual`, which computes 3 scores of an image of 2x8x8.
/// One thread at a time may use a value of this type; any number of them may share weights.
public struct SmallResidual: ~Copyable, Sendable {
  /// Images of one run.
  public static let batch = 1
  /// Channels, height and width of an image.
  public static let inputShape = [2, 8, 8]
  /// Of one image.
  public static let outputShape = [3]
  /// Bytes of memory that a value of this type takes, weights not counted.
  public static let arenaBytes = 8192
  /// Trained numbers.
  public static let parameterCount = 4203
  /// Of convolutions and fully connected layers, for one image.
  public static let multiplications = 184704

  private var network: EmbeddedNetwork

  /// - Parameter threads: how many compute a run together; the results are the same, bit for bit.
  /// - Throws: where the machine has not the memory, or does not start the threads.
  public init(weights: Weights, threads: Int = 1) throws(EmbeddingError) {
    network = try EmbeddedNetwork(
      weights: weights.storage, arenaBytes: Self.arenaBytes, threads: threads,
      count: EmbeddedWeights.CallCount(calls: 8, fields: 113)
    ) { arena, weights, constants, calls in
      // conv1, bn1, relu1
      calls.add(
        "conv2d_planar",
        cnn_conv2d_planar_parameters(
          batch: 1, y_stride: 1024, x_stride: 128, r_stride: 0, height: 8, width: 8, out_height: 8,
          out_width: 8, groups: 1, channels: 2, filters: 16, kernel_height: 3, kernel_width: 3,
          stride_height: 1, stride_width: 1, dilation_height: 1, dilation_width: 1, pad_top: 1,
          pad_left: 1, function: 1, alpha: 0.0),
        arena, arena + 4096, constants + 18432, constants + 19584, nil)
      // conv2, bn2, relu2
      calls.add(
        "conv2d_blocks",
        cnn_conv2d_blocks_parameters(
          batch: 1, y_stride: 1024, x_stride: 1024, r_stride: 0, height: 8, width: 8, out_height: 8,
          out_width: 8, groups: 1, channels: 16, filters: 16, kernel_height: 3, kernel_width: 3,
          stride_height: 1, stride_width: 1, dilation_height: 1, dilation_width: 1, pad_top: 1,
          pad_left: 1, function: 1, alpha: 0.0),
        arena + 4096, arena, constants + 9216, constants + 19648, nil)
      // add1
      calls.add(
        "add",
        cnn_add_parameters(
          batch: 1, count: 1024, y_stride: 1024, a_stride: 1024, b_stride: 1024, function: 0,
          alpha: 0.0),
        arena + 4096, arena + 4096, arena)
      // maxpool1
      calls.add(
        "pool2d_blocks",
        cnn_pool2d_blocks_parameters(
          batch: 1, y_stride: 256, x_stride: 1024, channels: 16, height: 8, width: 8, out_height: 4,
          out_width: 4, kernel_height: 2, kernel_width: 2, stride_height: 2, stride_width: 2,
          dilation_height: 1, dilation_width: 1, pad_top: 0, pad_left: 0, counted_top: 0,
          counted_bottom: 0, counted_left: 0, counted_right: 0, mode: 0),
        arena, arena + 4096)
      // maxpool1.planar
      calls.add(
        "planar_from_blocks",
        cnn_planar_from_blocks_parameters(
          batch: 1, y_stride: 256, x_stride: 256, channels: 16, area: 16),
        arena + 1024, arena)
      // conv3, relu3
      calls.add(
        "conv2d",
        cnn_conv2d_parameters(
          batch: 1, y_stride: 128, x_stride: 256, r_stride: 0, height: 4, width: 4, out_height: 4,
          out_width: 4, groups: 1, channels: 16, filters: 8, weight_channels: 16, first_channel: 0,
          first_filter: 0, kernel_height: 3, kernel_width: 3, stride_height: 1, stride_width: 1,
          dilation_height: 1, dilation_width: 1, pad_top: 1, pad_left: 1, function: 1, alpha: 0.0),
        arena, arena + 1024, weights + 10880, weights + 15488, nil)
      // fc1
      calls.add(
        "dense",
        cnn_dense_parameters(
          batch: 1, y_stride: 3, x_stride: 128, r_stride: 0, depth: 128, units: 3, function: 0,
          alpha: 0.0),
        arena + 512, arena, weights + 15552, weights + 17088, nil)
      // softmax1
      calls.add(
        "softmax",
        cnn_softmax_parameters(
          batch: 1, y_stride: 3, x_stride: 3, channels: 3, pixels: 1, logarithmic: 0),
        arena + 512, arena + 512)
    }
  }

  /// Computes an output and hands it out. Allocates nothing.
  /// - Parameter read: gets 3 elements, valid in the call only.
  public mutating func run<Result>(
    _ input: Input, _ read: (Span<Float>) throws -> Result
  ) rethrows -> Result {
    network.run(input.elements, at: 4096)
    return try network.read(at: 512, count: 3) { output in
      return try read(output)
    }
  }

  /// The class with the largest score, and that.
  public mutating func classify(_ input: Input) -> (number: Int, score: Float) {
    network.run(input.elements, at: 4096)
    let offset = 512
    let best = network.best(at: offset, count: 3, isDistance: false)
    let score = network.read(at: offset + 4 * best, count: 1) { $0[0] }
    return (best, score)
  }

  /// An image of 2x8x8, ready to be computed.
  public struct Input: Sendable {
    fileprivate let elements: [Float]

    /// Preprocesses as the spec says.
    /// - Parameter pixels: 128 bytes, row behind row, each pixel its 2 channels.
    /// - Throws: `inputCount` for another number of bytes.
    public init(pixels: Span<UInt8>) throws(EmbeddingError) {
      elements = try EmbeddedInput.elements(
        pixels: pixels, shape: [2, 8, 8], images: 1,
        scale: 0.00392156862745098, mean: [0.0],
        std: [1.0], isReversed: false)
    }

    /// - Parameter values: 128 numbers, preprocessed, plane behind plane.
    /// - Throws: `inputCount` for another number of values.
    public init(values: Span<Float>) throws(EmbeddingError) {
      elements = try EmbeddedInput.elements(values: values, count: 128)
    }
  }

  /// The trained numbers, in the order in which kernels read them. Never changes.
  public final class Weights: Sendable {
    fileprivate let storage: EmbeddedWeights

    /// Maps a file of weights into memory, which must not change meanwhile.
    /// - Throws: where the file is not whole, or not this network's.
    public init(contentsOf path: String) throws(EmbeddingError) {
      storage = try EmbeddedWeights(
        contentsOf: path, network: 0x7e31fc4d06e59d43, hash: nil,
        bytes: 17152, constantBytes: 19712, count: Self.count, prepare: Self.prepare)
    }

    /// Weights that `Training.safetensors` has saved, or `cnnc train`.
    /// - Parameter safetensors: the file's bytes.
    /// - Throws: `safetensors` where the file is not whole, or not of this network.
    public init(safetensors: [UInt8]) throws(EmbeddingError) {
      storage = try EmbeddedWeights(
        safetensors: safetensors, tensors: Self.tensors,
        bytes: 17152, constantBytes: 19712, count: Self.count, prepare: Self.prepare)
    }

    fileprivate init(copying training: borrowing EmbeddedTraining) throws(EmbeddingError) {
      storage = try EmbeddedWeights(
        copying: training,
        bytes: 17152, constantBytes: 19712, count: Self.count, prepare: Self.prepare)
    }

    private static let count = EmbeddedWeights.CallCount(calls: 6, fields: 34)

    private static func prepare(
      _ weights: UnsafeMutableRawPointer, _ constants: UnsafeMutableRawPointer, _ calls: KernelCalls
    ) {
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 18, shift: 0, epsilon: 1e-05),
        constants, weights, weights + 1152, weights + 1216, weights + 1280, weights + 1344)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 19584, nil, weights + 1152, weights + 1216, weights + 1280, weights + 1344)
      calls.add(
        "pack_panels",
        cnn_pack_panels_parameters(
          groups: 1, filters: 16, channels: 2, taps: 9, order: 1),
        constants + 18432, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 144, shift: 0, epsilon: 1e-05),
        constants, weights + 1408, weights + 10624, weights + 10688, weights + 10752,
        weights + 10816)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 19648, nil, weights + 10624, weights + 10688, weights + 10752, weights + 10816)
      calls.add(
        "pack_panels",
        cnn_pack_panels_parameters(
          groups: 1, filters: 16, channels: 16, taps: 9, order: 0),
        constants + 9216, constants)
    }

    fileprivate static let tensors: [EmbeddedTensor] = [
      EmbeddedTensor("conv1.weight", [16, 2, 3, 3], at: 0),
      EmbeddedTensor("bn1.weight", [16], at: 1152),
      EmbeddedTensor("bn1.bias", [16], at: 1216),
      EmbeddedTensor("bn1.running_mean", [16], at: 1280),
      EmbeddedTensor("bn1.running_var", [16], at: 1344),
      EmbeddedTensor("conv2.weight", [16, 16, 3, 3], at: 1408),
      EmbeddedTensor("bn2.weight", [16], at: 10624),
      EmbeddedTensor("bn2.bias", [16], at: 10688),
      EmbeddedTensor("bn2.running_mean", [16], at: 10752),
      EmbeddedTensor("bn2.running_var", [16], at: 10816),
      EmbeddedTensor("conv3.weight", [8, 16, 3, 3], at: 10880),
      EmbeddedTensor("conv3.bias", [8], at: 15488),
      EmbeddedTensor("fc1.weight", [3, 128], at: 15552),
      EmbeddedTensor("fc1.bias", [3], at: 17088),
    ]
  }

  /// Trains the network further by the recipe of its spec: loss, optimizer, dropout, batch norms. Learning rates
  /// and changes of the images, such as flips, are the caller's. One thread at a time may use a value of this type.
  public struct Training: ~Copyable, Sendable {
    /// Images of a step.
    public static let batch = 6
    /// Bytes of memory that a value of this type takes, its weights among them.
    public static let memoryBytes = 323136

    private var training: EmbeddedTraining

    /// - Parameters:
    ///   - weights: what to start from.
    ///   - seed: of what dropout drops.
    ///   - threads: how many compute a step together; the results are the same, bit for bit.
    /// - Throws: where the machine has not the memory, or does not start the threads.
    public init(weights: Weights, seed: UInt64 = 70000, threads: Int = 1) throws(EmbeddingError) {
      training = try EmbeddedTraining(
        from: weights.storage,
        EmbeddedTraining.Layout(
          batch: 6, arenaBytes: 272064, weightBytes: 51072,
          images: 266496, targets: (102144, 6),
          loss: (271360, 4), lossCalls: 23,
          rate: (19520, 2), random: 17152),
        seed: seed, threads: threads,
        count: EmbeddedWeights.CallCount(calls: 106, fields: 751)
      ) { arena, weights, calls in
        // conv1
        calls.add(
          "pack_panels",
          cnn_pack_panels_parameters(
            groups: 1, filters: 16, channels: 2, taps: 9, order: 1),
          arena, weights)
        // conv1
        calls.add(
          "conv2d_planar",
          cnn_conv2d_planar_parameters(
            batch: 6, y_stride: 1024, x_stride: 128, r_stride: 0, height: 8, width: 8, out_height: 8,
            out_width: 8, groups: 1, channels: 2, filters: 16, kernel_height: 3, kernel_width: 3,
            stride_height: 1, stride_width: 1, dilation_height: 1, dilation_width: 1, pad_top: 1,
            pad_left: 1, function: 0, alpha: 0.0),
          arena + 154368, arena + 266496, arena, nil, nil)
        // bn1, relu1
        calls.add(
          "channel_sums_blocks",
          cnn_channel_sums_blocks_parameters(
            batch: 6, channels: 16, area: 64, a_stride: 1024, b_stride: 0, parts: 1, factor: 3),
          arena, arena + 154368, nil, nil)
        calls.add(
          "batch_norm_statistics_blocks",
          cnn_batch_norm_statistics_blocks_parameters(
            batch: 6, channels: 16, area: 64, parts: 1, epsilon: 1e-05),
          arena + 271232, arena + 271296, arena + 256, arena)
        calls.add(
          "batch_norm_apply_blocks",
          cnn_batch_norm_apply_blocks_parameters(
            batch: 6, channels: 16, area: 64, y_stride: 1024, x_stride: 1024, function: 1),
          arena + 178944, arena + 154368, weights + 1152, weights + 1216, arena + 271232,
          arena + 271296)
        // bn1
        calls.add(
          "running_statistics",
          cnn_running_statistics_parameters(
            channels: 16, momentum: 0.1),
          weights + 1280, weights + 1344, weights + 1280, weights + 1344, arena + 271232, arena + 256)
        // conv2
        calls.add(
          "pack_winograd",
          cnn_pack_winograd_parameters(
            filters: 16, channels: 16, tile: 4),
          arena + 55296, weights + 1408)
        // conv2
        calls.add(
          "winograd_input",
          cnn_winograd_input_parameters(
            batch: 6, x_stride: 1024, height: 8, width: 8, channels: 16, pad_top: 1, pad_left: 1,
            tile: 4, tiles_down: 2, tiles_across: 2, first_tile: 0, tile_count: 24),
          arena, arena + 178944)
        calls.add(
          "winograd_output",
          cnn_winograd_output_parameters(
            batch: 6, y_stride: 1024, r_stride: 0, out_height: 8, out_width: 8, channels: 16,
            filters: 16, tile: 4, tiles_down: 2, tiles_across: 2, first_tile: 0, tile_count: 24,
            pools: 0, function: 0, alpha: 0.0),
          arena + 203520, arena, arena + 55296, nil, nil)
        // bn2, relu2
        calls.add(
          "channel_sums_blocks",
          cnn_channel_sums_blocks_parameters(
            batch: 6, channels: 16, area: 64, a_stride: 1024, b_stride: 0, parts: 1, factor: 3),
          arena, arena + 203520, nil, nil)
        calls.add(
          "batch_norm_statistics_blocks",
          cnn_batch_norm_statistics_blocks_parameters(
            batch: 6, channels: 16, area: 64, parts: 1, epsilon: 1e-05),
          arena + 114432, arena + 114496, arena + 256, arena)
        calls.add(
          "batch_norm_apply_blocks",
          cnn_batch_norm_apply_blocks_parameters(
            batch: 6, channels: 16, area: 64, y_stride: 1024, x_stride: 1024, function: 1),
          arena + 71424, arena + 203520, weights + 10624, weights + 10688, arena + 114432,
          arena + 114496)
        // bn2
        calls.add(
          "running_statistics",
          cnn_running_statistics_parameters(
            channels: 16, momentum: 0.1),
          weights + 10752, weights + 10816, weights + 10752, weights + 10816, arena + 114432,
          arena + 256)
        // add1
        calls.add(
          "add",
          cnn_add_parameters(
            batch: 6, count: 1024, y_stride: 1024, a_stride: 1024, b_stride: 1024, function: 0,
            alpha: 0.0),
          arena + 71424, arena + 71424, arena + 178944)
        // maxpool1
        calls.add(
          "pool2d_blocks",
          cnn_pool2d_blocks_parameters(
            batch: 6, y_stride: 256, x_stride: 1024, channels: 16, height: 8, width: 8, out_height: 4,
            out_width: 4, kernel_height: 2, kernel_width: 2, stride_height: 2, stride_width: 2,
            dilation_height: 1, dilation_width: 1, pad_top: 0, pad_left: 0, counted_top: 0,
            counted_bottom: 0, counted_left: 0, counted_right: 0, mode: 0),
          arena + 96000, arena + 71424)
        // conv3, relu3
        calls.add(
          "pack_winograd",
          cnn_pack_winograd_parameters(
            filters: 8, channels: 16, tile: 4),
          arena, weights + 10880)
        // conv3, relu3
        calls.add(
          "winograd_input",
          cnn_winograd_input_parameters(
            batch: 6, x_stride: 256, height: 4, width: 4, channels: 16, pad_top: 1, pad_left: 1,
            tile: 4, tiles_down: 1, tiles_across: 1, first_tile: 0, tile_count: 6),
          arena + 36864, arena + 96000)
        calls.add(
          "winograd_output",
          cnn_winograd_output_parameters(
            batch: 6, y_stride: 256, r_stride: 0, out_height: 4, out_width: 4, channels: 16, filters: 8,
            tile: 4, tiles_down: 1, tiles_across: 1, first_tile: 0, tile_count: 6, pools: 0,
            function: 1, alpha: 0.0),
          arena + 50688, arena + 36864, arena, weights + 15488, nil)
        // dropout1
        calls.add(
          "dropout_blocks",
          cnn_dropout_blocks_parameters(
            batch: 6, channels: 8, area: 16, y_stride: 256, x_stride: 256, stream: 0,
            threshold: 4194304, scale: 1.3333333333333333),
          arena, arena + 50688, weights + 17152)
        // dropout1.planar
        calls.add(
          "planar_from_blocks",
          cnn_planar_from_blocks_parameters(
            batch: 6, y_stride: 128, x_stride: 256, channels: 8, area: 16),
          arena + 6144, arena)
        // fc1
        calls.add(
          "dense",
          cnn_dense_parameters(
            batch: 6, y_stride: 3, x_stride: 128, r_stride: 0, depth: 128, units: 3, function: 0,
            alpha: 0.0),
          arena + 271104, arena + 6144, weights + 15552, weights + 17088, nil)
        // softmax1
        calls.add(
          "softmax",
          cnn_softmax_parameters(
            batch: 6, y_stride: 3, x_stride: 3, channels: 3, pixels: 1, logarithmic: 0),
          arena, arena + 271104)
        // loss
        calls.add(
          "cross_entropy",
          cnn_cross_entropy_parameters(
            batch: 6, images: 6, loss_stride: 1, dx_stride: 3, x_stride: 3, target_stride: 1,
            channels: 3, pixels: 1, smoothing: 0.1, sign: 1.0),
          arena + 271360, arena + 3072, arena + 271104, arena + 102144)
        // fc1
        calls.add(
          "dense_input_gradient",
          cnn_dense_input_gradient_parameters(
            batch: 6, dx_stride: 128, dy_stride: 3, depth: 128, units: 3),
          arena, arena + 3072, weights + 15552)
        // fc1
        calls.add(
          "dense_weight_gradient",
          cnn_dense_weight_gradient_parameters(
            batch: 6, x_stride: 128, dy_stride: 3, depth: 128, units: 3),
          arena + 269568, arena + 6144, arena + 3072)
        // clip
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 1, channels: 1, area: 384, dy_stride: 0, x_stride: 0, factor: 1),
          arena + 271424, arena + 269568, arena + 269568)
        // fc1
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 6, channels: 3, area: 1, dy_stride: 3, x_stride: 0, factor: 0),
          arena + 271488, arena + 3072, nil)
        // clip
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 1, channels: 1, area: 3, dy_stride: 0, x_stride: 0, factor: 1),
          arena + 271552, arena + 271488, arena + 271488)
        // dropout1
        calls.add(
          "dropout",
          cnn_dropout_parameters(
            batch: 6, count: 128, y_stride: 128, x_stride: 128, stream: 0, threshold: 4194304,
            scale: 1.3333333333333333),
          arena, arena, weights + 17152)
        // d.relu3.blocks
        calls.add(
          "blocks_from_planar",
          cnn_blocks_from_planar_parameters(
            batch: 6, y_stride: 256, x_stride: 128, channels: 8, area: 16),
          arena + 102144, arena)
        // relu3
        calls.add(
          "activation_gradient",
          cnn_activation_gradient_parameters(
            batch: 6, count: 256, dx_stride: 256, dy_stride: 256, x_stride: 256, function: 1,
            alpha: 0.0),
          arena + 102144, arena + 102144, arena + 50688)
        // conv3
        calls.add(
          "transpose_filters",
          cnn_transpose_filters_parameters(
            groups: 1, filters: 8, channels: 16, taps: 9),
          arena + 9216, weights + 10880)
        // conv3
        calls.add(
          "pack_panels",
          cnn_pack_panels_parameters(
            groups: 1, filters: 16, channels: 8, taps: 9, order: 0),
          arena, arena + 9216)
        // conv3
        calls.add(
          "conv2d_blocks",
          cnn_conv2d_blocks_parameters(
            batch: 6, y_stride: 256, x_stride: 256, r_stride: 0, height: 4, width: 4, out_height: 4,
            out_width: 4, groups: 1, channels: 8, filters: 16, kernel_height: 3, kernel_width: 3,
            stride_height: 1, stride_width: 1, dilation_height: 1, dilation_width: 1, pad_top: 1,
            pad_left: 1, function: 0, alpha: 0.0),
          arena + 108288, arena + 102144, arena, nil, nil)
        // conv3
        calls.add(
          "winograd_gradient_x",
          cnn_winograd_gradient_x_parameters(
            batch: 6, x_stride: 256, height: 4, width: 4, channels: 16, pad_top: 1, pad_left: 1,
            tile: 4, tiles_down: 1, tiles_across: 1, first_tile: 0, tile_count: 6),
          arena + 39168, arena + 96000)
        calls.add(
          "winograd_gradient_dy",
          cnn_winograd_gradient_dy_parameters(
            batch: 6, x_stride: 256, height: 4, width: 4, channels: 8, pad_top: 0, pad_left: 0, tile: 4,
            tiles_down: 1, tiles_across: 1, first_tile: 0, tile_count: 6),
          arena + 55296, arena + 102144)
        calls.add(
          "winograd_gradient_multiply",
          cnn_winograd_gradient_multiply_parameters(
            channels: 16, filters: 8, tile: 4, tile_count: 6, adds: 0),
          arena, arena + 39168, arena + 55296)
        calls.add(
          "winograd_gradient_finish",
          cnn_winograd_gradient_finish_parameters(
            channels: 16, filters: 8, tile: 4),
          arena + 261888, arena)
        // clip
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 1, channels: 1, area: 1152, dy_stride: 0, x_stride: 0, factor: 1),
          arena + 271616, arena + 261888, arena + 261888)
        // conv3
        calls.add(
          "channel_sums_blocks",
          cnn_channel_sums_blocks_parameters(
            batch: 6, channels: 8, area: 16, a_stride: 256, b_stride: 0, parts: 1, factor: 0),
          arena, arena + 102144, nil, nil)
        calls.add(
          "channel_reduction_blocks",
          cnn_channel_reduction_blocks_parameters(
            channels: 8, parts: 1, second: 0),
          arena + 271680, arena)
        // clip
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 1, channels: 1, area: 8, dy_stride: 0, x_stride: 0, factor: 1),
          arena + 271744, arena + 271680, arena + 271680)
        // maxpool1
        calls.add(
          "pool2d_gradient_blocks",
          cnn_pool2d_gradient_blocks_parameters(
            batch: 6, dx_stride: 1024, dy_stride: 256, x_stride: 1024, channels: 16, height: 8,
            width: 8, out_height: 4, out_width: 4, kernel_height: 2, kernel_width: 2, stride_height: 2,
            stride_width: 2, dilation_height: 1, dilation_width: 1, pad_top: 0, pad_left: 0,
            counted_top: 0, counted_bottom: 0, counted_left: 0, counted_right: 0, mode: 0),
          arena + 228096, arena + 108288, arena + 71424)
        // relu2, bn2
        calls.add(
          "batch_norm_pass_blocks",
          cnn_batch_norm_pass_blocks_parameters(
            channels: 16),
          arena, weights + 10624, weights + 10688, arena + 114432, arena + 114496)
        calls.add(
          "channel_sums_blocks",
          cnn_channel_sums_blocks_parameters(
            batch: 6, channels: 16, area: 64, a_stride: 1024, b_stride: 1024, parts: 1, factor: 4),
          arena + 320, arena + 228096, arena + 203520, arena)
        calls.add(
          "batch_norm_coefficients_blocks",
          cnn_batch_norm_coefficients_blocks_parameters(
            batch: 6, channels: 16, area: 64, parts: 1, sums_offset: 80),
          arena + 271808, arena + 271872, arena, weights + 10624, arena + 114432, arena + 114496)
        calls.add(
          "batch_norm_gradient_blocks",
          cnn_batch_norm_gradient_blocks_parameters(
            batch: 6, channels: 16, area: 64, dx_stride: 1024, dy_stride: 1024, x_stride: 1024,
            function: 1),
          arena + 203520, arena + 228096, arena + 203520, arena)
        // clip
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 1, channels: 1, area: 16, dy_stride: 0, x_stride: 0, factor: 1),
          arena + 271936, arena + 271808, arena + 271808)
        // clip
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 1, channels: 1, area: 16, dy_stride: 0, x_stride: 0, factor: 1),
          arena + 272000, arena + 271872, arena + 271872)
        // conv2
        calls.add(
          "transpose_filters",
          cnn_transpose_filters_parameters(
            groups: 1, filters: 16, channels: 16, taps: 9),
          arena, weights + 1408)
        // conv2, conv2
        calls.add(
          "pack_winograd",
          cnn_pack_winograd_parameters(
            filters: 16, channels: 16, tile: 4),
          arena + 55296, arena)
        // conv2, conv2
        calls.add(
          "winograd_input",
          cnn_winograd_input_parameters(
            batch: 6, x_stride: 1024, height: 8, width: 8, channels: 16, pad_top: 1, pad_left: 1,
            tile: 4, tiles_down: 2, tiles_across: 2, first_tile: 0, tile_count: 24),
          arena, arena + 203520)
        calls.add(
          "winograd_output",
          cnn_winograd_output_parameters(
            batch: 6, y_stride: 1024, r_stride: 1024, out_height: 8, out_width: 8, channels: 16,
            filters: 16, tile: 4, tiles_down: 2, tiles_across: 2, first_tile: 0, tile_count: 24,
            pools: 0, function: 0, alpha: 0.0),
          arena + 228096, arena, arena + 55296, nil, arena + 228096)
        // conv2
        calls.add(
          "winograd_gradient_x",
          cnn_winograd_gradient_x_parameters(
            batch: 6, x_stride: 1024, height: 8, width: 8, channels: 16, pad_top: 1, pad_left: 1,
            tile: 4, tiles_down: 2, tiles_across: 2, first_tile: 0, tile_count: 24),
          arena + 39168, arena + 178944)
        calls.add(
          "winograd_gradient_dy",
          cnn_winograd_gradient_dy_parameters(
            batch: 6, x_stride: 1024, height: 8, width: 8, channels: 16, pad_top: 0, pad_left: 0,
            tile: 4, tiles_down: 2, tiles_across: 2, first_tile: 0, tile_count: 24),
          arena + 96768, arena + 203520)
        calls.add(
          "winograd_gradient_multiply",
          cnn_winograd_gradient_multiply_parameters(
            channels: 16, filters: 16, tile: 4, tile_count: 24, adds: 0),
          arena, arena + 39168, arena + 96768)
        calls.add(
          "winograd_gradient_finish",
          cnn_winograd_gradient_finish_parameters(
            channels: 16, filters: 16, tile: 4),
          arena + 252672, arena)
        // clip
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 1, channels: 1, area: 2304, dy_stride: 0, x_stride: 0, factor: 1),
          arena + 1152, arena + 252672, arena + 252672)
        // relu1, bn1
        calls.add(
          "batch_norm_pass_blocks",
          cnn_batch_norm_pass_blocks_parameters(
            channels: 16),
          arena, weights + 1152, weights + 1216, arena + 271232, arena + 271296)
        calls.add(
          "channel_sums_blocks",
          cnn_channel_sums_blocks_parameters(
            batch: 6, channels: 16, area: 64, a_stride: 1024, b_stride: 1024, parts: 1, factor: 4),
          arena + 320, arena + 228096, arena + 154368, arena)
        calls.add(
          "batch_norm_coefficients_blocks",
          cnn_batch_norm_coefficients_blocks_parameters(
            batch: 6, channels: 16, area: 64, parts: 1, sums_offset: 80),
          arena + 1216, arena + 1280, arena, weights + 1152, arena + 271232, arena + 271296)
        calls.add(
          "batch_norm_gradient_blocks",
          cnn_batch_norm_gradient_blocks_parameters(
            batch: 6, channels: 16, area: 64, dx_stride: 1024, dy_stride: 1024, x_stride: 1024,
            function: 1),
          arena + 228096, arena + 228096, arena + 154368, arena)
        // clip
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 1, channels: 1, area: 16, dy_stride: 0, x_stride: 0, factor: 1),
          arena + 1344, arena + 1216, arena + 1216)
        // clip
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 1, channels: 1, area: 16, dy_stride: 0, x_stride: 0, factor: 1),
          arena + 1408, arena + 1280, arena + 1280)
        // conv1
        calls.add(
          "conv2d_weight_gradient_image",
          cnn_conv2d_weight_gradient_image_parameters(
            batch: 6, x_stride: 128, dy_stride: 1024, height: 8, width: 8, out_height: 8, out_width: 8,
            groups: 1, channels: 2, filters: 16, kernel_height: 3, kernel_width: 3, stride_height: 1,
            stride_width: 1, dilation_height: 1, dilation_width: 1, pad_top: 1, pad_left: 1,
            filter_blocks: 1, channel_blocks: 1, parts: 1),
          arena, arena + 266496, arena + 228096)
        // clip
        calls.add(
          "channel_reduction",
          cnn_channel_reduction_parameters(
            batch: 1, channels: 1, area: 288, dy_stride: 0, x_stride: 0, factor: 1),
          arena + 1472, arena, arena)
        // clip
        calls.add(
          "add",
          cnn_add_parameters(
            batch: 1, count: 1, y_stride: 0, a_stride: 0, b_stride: 0, function: 0, alpha: 0.0),
          arena + 16512, arena + 1472, arena + 1344)
        calls.add(
          "add",
          cnn_add_parameters(
            batch: 1, count: 1, y_stride: 0, a_stride: 0, b_stride: 0, function: 0, alpha: 0.0),
          arena + 16512, arena + 16512, arena + 1408)
        calls.add(
          "add",
          cnn_add_parameters(
            batch: 1, count: 1, y_stride: 0, a_stride: 0, b_stride: 0, function: 0, alpha: 0.0),
          arena + 16512, arena + 16512, arena + 1152)
        calls.add(
          "add",
          cnn_add_parameters(
            batch: 1, count: 1, y_stride: 0, a_stride: 0, b_stride: 0, function: 0, alpha: 0.0),
          arena + 16512, arena + 16512, arena + 271936)
        calls.add(
          "add",
          cnn_add_parameters(
            batch: 1, count: 1, y_stride: 0, a_stride: 0, b_stride: 0, function: 0, alpha: 0.0),
          arena + 16512, arena + 16512, arena + 272000)
        calls.add(
          "add",
          cnn_add_parameters(
            batch: 1, count: 1, y_stride: 0, a_stride: 0, b_stride: 0, function: 0, alpha: 0.0),
          arena + 16512, arena + 16512, arena + 271616)
        calls.add(
          "add",
          cnn_add_parameters(
            batch: 1, count: 1, y_stride: 0, a_stride: 0, b_stride: 0, function: 0, alpha: 0.0),
          arena + 16512, arena + 16512, arena + 271744)
        calls.add(
          "add",
          cnn_add_parameters(
            batch: 1, count: 1, y_stride: 0, a_stride: 0, b_stride: 0, function: 0, alpha: 0.0),
          arena + 16512, arena + 16512, arena + 271424)
        calls.add(
          "add",
          cnn_add_parameters(
            batch: 1, count: 1, y_stride: 0, a_stride: 0, b_stride: 0, function: 0, alpha: 0.0),
          arena + 16512, arena + 16512, arena + 271552)
        calls.add(
          "clip_factor",
          cnn_clip_factor_parameters(
            limit: 1.0),
          arena + 16512, arena + 16512)
        // clip
        calls.add(
          "channel_affine",
          cnn_channel_affine_parameters(
            batch: 1, channels: 1, area: 288, y_stride: 0, x_stride: 0, r_stride: 0, function: 0,
            alpha: 0.0),
          arena + 15360, arena, arena + 16512, nil, nil)
        // clip
        calls.add(
          "channel_affine",
          cnn_channel_affine_parameters(
            batch: 1, channels: 1, area: 16, y_stride: 0, x_stride: 0, r_stride: 0, function: 0,
            alpha: 0.0),
          arena + 16576, arena + 1216, arena + 16512, nil, nil)
        // clip
        calls.add(
          "channel_affine",
          cnn_channel_affine_parameters(
            batch: 1, channels: 1, area: 16, y_stride: 0, x_stride: 0, r_stride: 0, function: 0,
            alpha: 0.0),
          arena + 16640, arena + 1280, arena + 16512, nil, nil)
        // clip
        calls.add(
          "channel_affine",
          cnn_channel_affine_parameters(
            batch: 1, channels: 1, area: 2304, y_stride: 0, x_stride: 0, r_stride: 0, function: 0,
            alpha: 0.0),
          arena, arena + 252672, arena + 16512, nil, nil)
        // clip
        calls.add(
          "channel_affine",
          cnn_channel_affine_parameters(
            batch: 1, channels: 1, area: 16, y_stride: 0, x_stride: 0, r_stride: 0, function: 0,
            alpha: 0.0),
          arena + 16704, arena + 271808, arena + 16512, nil, nil)
        // clip
        calls.add(
          "channel_affine",
          cnn_channel_affine_parameters(
            batch: 1, channels: 1, area: 16, y_stride: 0, x_stride: 0, r_stride: 0, function: 0,
            alpha: 0.0),
          arena + 16768, arena + 271872, arena + 16512, nil, nil)
        // clip
        calls.add(
          "channel_affine",
          cnn_channel_affine_parameters(
            batch: 1, channels: 1, area: 1152, y_stride: 0, x_stride: 0, r_stride: 0, function: 0,
            alpha: 0.0),
          arena + 9216, arena + 261888, arena + 16512, nil, nil)
        // clip
        calls.add(
          "channel_affine",
          cnn_channel_affine_parameters(
            batch: 1, channels: 1, area: 8, y_stride: 0, x_stride: 0, r_stride: 0, function: 0,
            alpha: 0.0),
          arena + 16832, arena + 271680, arena + 16512, nil, nil)
        // clip
        calls.add(
          "channel_affine",
          cnn_channel_affine_parameters(
            batch: 1, channels: 1, area: 384, y_stride: 0, x_stride: 0, r_stride: 0, function: 0,
            alpha: 0.0),
          arena + 13824, arena + 269568, arena + 16512, nil, nil)
        // clip
        calls.add(
          "channel_affine",
          cnn_channel_affine_parameters(
            batch: 1, channels: 1, area: 3, y_stride: 0, x_stride: 0, r_stride: 0, function: 0,
            alpha: 0.0),
          arena + 16896, arena + 271488, arena + 16512, nil, nil)
        // conv1
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 288, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 17216, weights + 18368, weights + 17216, weights + 18368, weights, arena + 15360)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 288, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.01, rate_factor: 1.0),
          weights, weights, weights + 17216, weights + 18368, weights + 19520)
        // bn1
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 16, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 19584, weights + 19648, weights + 19584, weights + 19648, weights + 1152,
          arena + 16576)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 16, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.01, rate_factor: 1.0),
          weights + 1152, weights + 1152, weights + 19584, weights + 19648, weights + 19520)
        // bn1
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 16, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 19712, weights + 19776, weights + 19712, weights + 19776, weights + 1216,
          arena + 16640)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 16, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.01, rate_factor: 1.0),
          weights + 1216, weights + 1216, weights + 19712, weights + 19776, weights + 19520)
        // conv2
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 2304, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 19840, weights + 29056, weights + 19840, weights + 29056, weights + 1408, arena)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 2304, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.01, rate_factor: 1.0),
          weights + 1408, weights + 1408, weights + 19840, weights + 29056, weights + 19520)
        // bn2
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 16, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 38272, weights + 38336, weights + 38272, weights + 38336, weights + 10624,
          arena + 16704)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 16, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.01, rate_factor: 1.0),
          weights + 10624, weights + 10624, weights + 38272, weights + 38336, weights + 19520)
        // bn2
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 16, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 38400, weights + 38464, weights + 38400, weights + 38464, weights + 10688,
          arena + 16768)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 16, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.01, rate_factor: 1.0),
          weights + 10688, weights + 10688, weights + 38400, weights + 38464, weights + 19520)
        // conv3
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 1152, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 38528, weights + 43136, weights + 38528, weights + 43136, weights + 10880,
          arena + 9216)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 1152, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.01, rate_factor: 1.0),
          weights + 10880, weights + 10880, weights + 38528, weights + 43136, weights + 19520)
        // conv3
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 8, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 47744, weights + 47808, weights + 47744, weights + 47808, weights + 15488,
          arena + 16832)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 8, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.01, rate_factor: 1.0),
          weights + 15488, weights + 15488, weights + 47744, weights + 47808, weights + 19520)
        // fc1
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 384, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 47872, weights + 49408, weights + 47872, weights + 49408, weights + 15552,
          arena + 13824)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 384, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.01, rate_factor: 2.0),
          weights + 15552, weights + 15552, weights + 47872, weights + 49408, weights + 19520)
        // fc1
        calls.add(
          "adam_moments",
          cnn_adam_moments_parameters(
            count: 3, beta1: 0.9, beta2: 0.999, weight_decay: 0.0),
          weights + 50944, weights + 51008, weights + 50944, weights + 51008, weights + 17088,
          arena + 16896)
        calls.add(
          "adam_update",
          cnn_adam_update_parameters(
            count: 3, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.01, rate_factor: 2.0),
          weights + 17088, weights + 17088, weights + 50944, weights + 51008, weights + 19520)
      }
    }

    /// Computes the loss of some images, and changes the weights by its gradient. Allocates nothing.
    /// - Parameters:
    ///   - labels: the classes of the 6 images, from 0 to 2.
    ///   - learningRate: of this step.
    /// - Returns: the mean loss of the 6 images, before the change.
    /// - Throws: `inputCount`, `noClass`, `learningRate`, and nothing has changed; `divergence`.
    public mutating func step(
      _ input: Input, labels: [Int], learningRate: Float
    ) throws(EmbeddingError) -> Float {
      try training.step(
        input.elements, labels: labels.count, classes: 3, learningRate: learningRate
      ) { labels[$0] }
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

    /// 6 images of 2x8x8, ready to be computed.
    public struct Input: Sendable {
      fileprivate let elements: [Float]

      /// Preprocesses as the spec says.
      /// - Parameter pixels: 768 bytes, row behind row, each pixel its 2 channels.
      /// - Throws: `inputCount` for another number of bytes.
      public init(pixels: Span<UInt8>) throws(EmbeddingError) {
        elements = try EmbeddedInput.elements(
          pixels: pixels, shape: [2, 8, 8], images: 6,
          scale: 0.00392156862745098, mean: [0.0],
          std: [1.0], isReversed: false)
      }

      /// - Parameter values: 768 numbers, preprocessed, plane behind plane.
      /// - Throws: `inputCount` for another number of values.
      public init(values: Span<Float>) throws(EmbeddingError) {
        elements = try EmbeddedInput.elements(values: values, count: 768)
      }
    }
  }
}
