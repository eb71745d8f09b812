// The network `vgg-cifar`, made by `cnnc emit`: change the spec, not this file.
// Its weights come from a file that `cnnc emit vgg-cifar --target swift --weights FILE` makes.

import CNNEmbedding
import CNNKernels

/// The network `vgg-cifar`, which computes 10 scores of an image of 3x32x32.
/// One thread at a time may use a value of this type; any number of them may share weights.
public struct VGGCifar: ~Copyable, Sendable {
  /// Images of one run.
  public static let batch = 1
  /// Channels, height and width of an image.
  public static let inputShape = [3, 32, 32]
  /// Of one image.
  public static let outputShape = [10]
  /// Bytes of memory that a value of this type takes, weights not counted.
  public static let arenaBytes = 917504
  /// Trained numbers.
  public static let parameterCount = 3248202
  /// Of convolutions and fully connected layers, for one image.
  public static let multiplications = 154866688

  private var network: EmbeddedNetwork

  /// - Parameter threads: how many compute a run together; the results are the same, bit for bit.
  /// - Throws: where the machine has not the memory, or does not start the threads.
  public init(weights: Weights, threads: Int = 1) throws(EmbeddingError) {
    network = try EmbeddedNetwork(
      weights: weights.storage, arenaBytes: Self.arenaBytes, threads: threads,
      count: EmbeddedWeights.CallCount(calls: 15, fields: 183)
    ) { arena, weights, constants, calls in
      // conv1, relu1
      calls.add(
        "conv2d_planar",
        cnn_conv2d_planar_parameters(
          batch: 1, y_stride: 65536, x_stride: 3072, r_stride: 0, height: 32, width: 32,
          out_height: 32, out_width: 32, groups: 1, channels: 3, filters: 64, kernel_height: 3,
          kernel_width: 3, stride_height: 1, stride_width: 1, dilation_height: 1, dilation_width: 1,
          pad_top: 1, pad_left: 1, function: 1, alpha: 0.0),
        arena + 589824, arena, constants + 10420224, weights + 6912, nil)
      // conv2, relu2, maxpool1
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 65536, height: 32, width: 32, channels: 64, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64),
        arena, arena + 589824)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 16384, r_stride: 0, out_height: 32, out_width: 32, channels: 64,
          filters: 64, tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64,
          pools: 1, function: 1, alpha: 0.0),
        arena + 851968, arena, constants + 9830400, weights + 154624, nil)
      // conv3, relu3
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 16384, height: 16, width: 16, channels: 64, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 851968)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 32768, r_stride: 0, out_height: 16, out_width: 16, channels: 64,
          filters: 128, tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 294912, arena, constants + 8650752, weights + 449792, nil)
      // conv4, relu4, maxpool2
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 32768, height: 16, width: 16, channels: 128, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 294912)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 8192, r_stride: 0, out_height: 16, out_width: 16, channels: 128,
          filters: 128, tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 1, function: 1, alpha: 0.0),
        arena + 425984, arena, constants + 4194304, weights + 1040128, nil)
      // conv5, relu5
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 8192, height: 8, width: 8, channels: 128, pad_top: 1, pad_left: 1,
          tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 425984)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 16384, r_stride: 0, out_height: 8, out_width: 8, channels: 128,
          filters: 256, tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 262144, arena, constants + 6553600, weights + 2220288, nil)
      // conv6, relu6, maxpool3
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 16384, height: 8, width: 8, channels: 256, pad_top: 1, pad_left: 1,
          tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 262144)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 4096, r_stride: 0, out_height: 8, out_width: 8, channels: 256,
          filters: 256, tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 1, function: 1, alpha: 0.0),
        arena + 327680, arena, constants, weights + 4580608, nil)
      // maxpool3.planar
      calls.add(
        "planar_from_blocks",
        cnn_planar_from_blocks_parameters(
          batch: 1, y_stride: 4096, x_stride: 4096, channels: 256, area: 16),
        arena, arena + 327680)
      // fc1, relu7
      calls.add(
        "dense",
        cnn_dense_parameters(
          batch: 1, y_stride: 512, x_stride: 4096, r_stride: 0, depth: 4096, units: 512, function: 1,
          alpha: 0.0),
        arena + 16384, arena, weights + 4581632, weights + 12970240, nil)
      // scores
      calls.add(
        "dense",
        cnn_dense_parameters(
          batch: 1, y_stride: 10, x_stride: 512, r_stride: 0, depth: 512, units: 10, function: 0,
          alpha: 0.0),
        arena, arena + 16384, weights + 12972288, weights + 12992768, nil)
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
    network.run(input.elements, at: 0)
    return try network.read(at: 0, count: 10) { output in
      return try read(output)
    }
  }

  /// The class with the largest score, and that.
  public mutating func classify(_ input: Input) -> (label: Label, score: Float) {
    network.run(input.elements, at: 0)
    let offset = 0
    let best = network.best(at: offset, count: 10, isDistance: false)
    let score = network.read(at: offset + 4 * best, count: 1) { $0[0] }
    guard let label = Label(rawValue: best) else {
      preconditionFailure("each score has a label")
    }
    return (label, score)
  }

  /// An image of 3x32x32, ready to be computed.
  public struct Input: Sendable {
    fileprivate let elements: [Float]

    /// Preprocesses as the spec says.
    /// - Parameter pixels: 3072 bytes, row behind row, each pixel red, green and blue.
    /// - Throws: `inputCount` for another number of bytes.
    public init(pixels: Span<UInt8>) throws(EmbeddingError) {
      elements = try EmbeddedInput.elements(
        pixels: pixels, shape: [3, 32, 32], images: 1,
        scale: 0.00392156862745098, mean: [0.4914, 0.4822, 0.4465],
        std: [0.247, 0.2435, 0.2616], isReversed: false)
    }

    /// - Parameter values: 3072 numbers, preprocessed, plane behind plane.
    /// - Throws: `inputCount` for another number of values.
    public init(values: Span<Float>) throws(EmbeddingError) {
      elements = try EmbeddedInput.elements(values: values, count: 3072)
    }
  }

  /// What the network tells apart, by the number of the score.
  public enum Label: Int, CaseIterable, CustomStringConvertible, Sendable {
    case airplane
    case automobile
    case bird
    case cat
    case deer
    case dog
    case frog
    case horse
    case ship
    case truck

    /// As the spec has it.
    public var description: String { Self.texts[rawValue] }

    private static let texts: [String] = [
      "airplane",
      "automobile",
      "bird",
      "cat",
      "deer",
      "dog",
      "frog",
      "horse",
      "ship",
      "truck",
    ]
  }

  /// The trained numbers, in the order in which kernels read them. Never changes.
  public final class Weights: Sendable {
    fileprivate let storage: EmbeddedWeights

    /// Maps a file of weights into memory, which must not change meanwhile.
    /// - Throws: where the file is not whole, or not this network's.
    public init(contentsOf path: String) throws(EmbeddingError) {
      storage = try EmbeddedWeights(
        contentsOf: path, network: 0x84801f8e9f7fff46, hash: nil,
        bytes: 12992832, constantBytes: 10427136, count: Self.count, prepare: Self.prepare)
    }

    private static let count = EmbeddedWeights.CallCount(calls: 6, fields: 20)

    private static func prepare(
      _ weights: UnsafeMutableRawPointer, _ constants: UnsafeMutableRawPointer, _ calls: KernelCalls
    ) {
      calls.add(
        "pack_panels",
        cnn_pack_panels_parameters(
          groups: 1, filters: 64, channels: 3, taps: 9, order: 1),
        constants + 10420224, weights)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 64, channels: 64, tile: 4),
        constants + 9830400, weights + 7168)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 128, channels: 64, tile: 4),
        constants + 8650752, weights + 154880)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 128, channels: 128, tile: 4),
        constants + 4194304, weights + 450304)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 256, channels: 128, tile: 2),
        constants + 6553600, weights + 1040640)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 256, channels: 256, tile: 2),
        constants, weights + 2221312)
    }
  }
}
