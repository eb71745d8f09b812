// The network `resnet20-cifar`, made by `cnnc emit`: change the spec, not this file.
// Its weights come from a file that `cnnc emit resnet20-cifar --target swift --weights FILE` makes.

import CNNEmbedding
import CNNKernels

/// The network `resnet20-cifar`, which computes 10 scores of an image of 3x32x32.
/// One thread at a time may use a value of this type; any number of them may share weights.
public struct ResNet20Cifar: ~Copyable, Sendable {
  /// Images of one run.
  public static let batch = 1
  /// Channels, height and width of an image.
  public static let inputShape = [3, 32, 32]
  /// Of one image.
  public static let outputShape = [10]
  /// Bytes of memory that a value of this type takes, weights not counted.
  public static let arenaBytes = 278528
  /// Trained numbers.
  public static let parameterCount = 269722
  /// Of convolutions and fully connected layers, for one image.
  public static let multiplications = 40551040

  private var network: EmbeddedNetwork

  /// - Parameter threads: how many compute a run together; the results are the same, bit for bit.
  /// - Throws: where the machine has not the memory, or does not start the threads.
  public init(weights: Weights, threads: Int = 1) throws(EmbeddingError) {
    network = try EmbeddedNetwork(
      weights: weights.storage, arenaBytes: Self.arenaBytes, threads: threads,
      count: EmbeddedWeights.CallCount(calls: 48, fields: 624)
    ) { arena, weights, constants, calls in
      // conv1, bn1, relu1
      calls.add(
        "conv2d_planar",
        cnn_conv2d_planar_parameters(
          batch: 1, y_stride: 16384, x_stride: 3072, r_stride: 0, height: 32, width: 32,
          out_height: 32, out_width: 32, groups: 1, channels: 3, filters: 16, kernel_height: 3,
          kernel_width: 3, stride_height: 1, stride_width: 1, dilation_height: 1, dilation_width: 1,
          pad_top: 1, pad_left: 1, function: 1, alpha: 0.0),
        arena + 147456, arena, constants + 2508800, constants + 2512832, nil)
      // basic1.conv1, basic1.bn1, basic1.relu1
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 16384, height: 32, width: 32, channels: 16, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64),
        arena, arena + 147456)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 16384, r_stride: 0, out_height: 32, out_width: 32, channels: 16,
          filters: 16, tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64,
          pools: 0, function: 1, alpha: 0.0),
        arena + 212992, arena, constants + 2269184, constants + 2512896, nil)
      // basic1.conv2, basic1.bn2, basic1.add1, basic1.relu2
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 16384, height: 32, width: 32, channels: 16, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64),
        arena, arena + 212992)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 16384, r_stride: 16384, out_height: 32, out_width: 32, channels: 16,
          filters: 16, tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64,
          pools: 0, function: 1, alpha: 0.0),
        arena + 147456, arena, constants + 2306048, constants + 2512960, arena + 147456)
      // basic2.conv1, basic2.bn1, basic2.relu1
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 16384, height: 32, width: 32, channels: 16, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64),
        arena, arena + 147456)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 16384, r_stride: 0, out_height: 32, out_width: 32, channels: 16,
          filters: 16, tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64,
          pools: 0, function: 1, alpha: 0.0),
        arena + 212992, arena, constants + 2342912, constants + 2513024, nil)
      // basic2.conv2, basic2.bn2, basic2.add1, basic2.relu2
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 16384, height: 32, width: 32, channels: 16, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64),
        arena, arena + 212992)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 16384, r_stride: 16384, out_height: 32, out_width: 32, channels: 16,
          filters: 16, tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64,
          pools: 0, function: 1, alpha: 0.0),
        arena + 147456, arena, constants + 2379776, constants + 2513088, arena + 147456)
      // basic3.conv1, basic3.bn1, basic3.relu1
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 16384, height: 32, width: 32, channels: 16, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64),
        arena, arena + 147456)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 16384, r_stride: 0, out_height: 32, out_width: 32, channels: 16,
          filters: 16, tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64,
          pools: 0, function: 1, alpha: 0.0),
        arena + 212992, arena, constants + 2416640, constants + 2513152, nil)
      // basic3.conv2, basic3.bn2, basic3.add1, basic3.relu2
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 16384, height: 32, width: 32, channels: 16, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64),
        arena, arena + 212992)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 16384, r_stride: 16384, out_height: 32, out_width: 32, channels: 16,
          filters: 16, tile: 4, tiles_down: 8, tiles_across: 8, first_tile: 0, tile_count: 64,
          pools: 0, function: 1, alpha: 0.0),
        arena + 147456, arena, constants + 2453504, constants + 2513216, arena + 147456)
      // basic4.conv1, basic4.bn1, basic4.relu1
      calls.add(
        "conv2d_blocks",
        cnn_conv2d_blocks_parameters(
          batch: 1, y_stride: 8192, x_stride: 16384, r_stride: 0, height: 32, width: 32,
          out_height: 16, out_width: 16, groups: 1, channels: 16, filters: 32, kernel_height: 3,
          kernel_width: 3, stride_height: 2, stride_width: 2, dilation_height: 1, dilation_width: 1,
          pad_top: 1, pad_left: 1, function: 1, alpha: 0.0),
        arena + 73728, arena + 147456, constants + 2490368, constants + 2512064, nil)
      // basic4.maxpool1
      calls.add(
        "pool2d_blocks",
        cnn_pool2d_blocks_parameters(
          batch: 1, y_stride: 4096, x_stride: 16384, channels: 16, height: 32, width: 32,
          out_height: 16, out_width: 16, kernel_height: 1, kernel_width: 1, stride_height: 2,
          stride_width: 2, dilation_height: 1, dilation_width: 1, pad_top: 0, pad_left: 0,
          counted_top: 0, counted_bottom: 0, counted_left: 0, counted_right: 0, mode: 0),
        arena, arena + 147456)
      // basic4.maxpool1.planar
      calls.add(
        "planar_from_blocks",
        cnn_planar_from_blocks_parameters(
          batch: 1, y_stride: 4096, x_stride: 4096, channels: 16, area: 256),
        arena + 32768, arena)
      // basic4.pad1
      calls.add(
        "fill",
        cnn_fill_parameters(
          batch: 1, count: 8192, y_stride: 8192, value: 0.0),
        arena)
      calls.add(
        "copy",
        cnn_copy_parameters(
          batch: 1, channels: 1, rows: 1, columns: 4096, y_offset: 2048, x_offset: 0, y_stride: 8192,
          x_stride: 4096, y_channel_stride: 256, x_channel_stride: 256, y_row_stride: 16,
          x_row_stride: 16),
        arena, arena + 32768)
      // basic4.pad1.blocks
      calls.add(
        "blocks_from_planar",
        cnn_blocks_from_planar_parameters(
          batch: 1, y_stride: 8192, x_stride: 8192, channels: 32, area: 256),
        arena + 106496, arena)
      // basic4.conv2, basic4.bn2, basic4.add1, basic4.relu2
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 8192, height: 16, width: 16, channels: 32, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 73728)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 8192, r_stride: 8192, out_height: 16, out_width: 16, channels: 32,
          filters: 32, tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 106496, arena, constants + 1310720, constants + 2512192, arena + 106496)
      // basic5.conv1, basic5.bn1, basic5.relu1
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 8192, height: 16, width: 16, channels: 32, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 106496)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 8192, r_stride: 0, out_height: 16, out_width: 16, channels: 32,
          filters: 32, tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 73728, arena, constants + 1458176, constants + 2512320, nil)
      // basic5.conv2, basic5.bn2, basic5.add1, basic5.relu2
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 8192, height: 16, width: 16, channels: 32, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 73728)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 8192, r_stride: 8192, out_height: 16, out_width: 16, channels: 32,
          filters: 32, tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 106496, arena, constants + 1605632, constants + 2512448, arena + 106496)
      // basic6.conv1, basic6.bn1, basic6.relu1
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 8192, height: 16, width: 16, channels: 32, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 106496)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 8192, r_stride: 0, out_height: 16, out_width: 16, channels: 32,
          filters: 32, tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 73728, arena, constants + 1753088, constants + 2512576, nil)
      // basic6.conv2, basic6.bn2, basic6.add1, basic6.relu2
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 8192, height: 16, width: 16, channels: 32, pad_top: 1, pad_left: 1,
          tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 73728)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 8192, r_stride: 8192, out_height: 16, out_width: 16, channels: 32,
          filters: 32, tile: 4, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 106496, arena, constants + 1900544, constants + 2512704, arena + 106496)
      // basic7.conv1, basic7.bn1, basic7.relu1
      calls.add(
        "conv2d_blocks",
        cnn_conv2d_blocks_parameters(
          batch: 1, y_stride: 4096, x_stride: 8192, r_stride: 0, height: 16, width: 16, out_height: 8,
          out_width: 8, groups: 1, channels: 32, filters: 64, kernel_height: 3, kernel_width: 3,
          stride_height: 2, stride_width: 2, dilation_height: 1, dilation_width: 1, pad_top: 1,
          pad_left: 1, function: 1, alpha: 0.0),
        arena + 65536, arena + 106496, constants + 2195456, constants + 2510528, nil)
      // basic7.maxpool1
      calls.add(
        "pool2d_blocks",
        cnn_pool2d_blocks_parameters(
          batch: 1, y_stride: 2048, x_stride: 8192, channels: 32, height: 16, width: 16,
          out_height: 8, out_width: 8, kernel_height: 1, kernel_width: 1, stride_height: 2,
          stride_width: 2, dilation_height: 1, dilation_width: 1, pad_top: 0, pad_left: 0,
          counted_top: 0, counted_bottom: 0, counted_left: 0, counted_right: 0, mode: 0),
        arena, arena + 106496)
      // basic7.maxpool1.planar
      calls.add(
        "planar_from_blocks",
        cnn_planar_from_blocks_parameters(
          batch: 1, y_stride: 2048, x_stride: 2048, channels: 32, area: 64),
        arena + 16384, arena)
      // basic7.pad1
      calls.add(
        "fill",
        cnn_fill_parameters(
          batch: 1, count: 4096, y_stride: 4096, value: 0.0),
        arena)
      calls.add(
        "copy",
        cnn_copy_parameters(
          batch: 1, channels: 1, rows: 1, columns: 2048, y_offset: 1024, x_offset: 0, y_stride: 4096,
          x_stride: 2048, y_channel_stride: 64, x_channel_stride: 64, y_row_stride: 8,
          x_row_stride: 8),
        arena, arena + 16384)
      // basic7.pad1.blocks
      calls.add(
        "blocks_from_planar",
        cnn_blocks_from_planar_parameters(
          batch: 1, y_stride: 4096, x_stride: 4096, channels: 64, area: 64),
        arena + 81920, arena)
      // basic7.conv2, basic7.bn2, basic7.add1, basic7.relu2
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 4096, height: 8, width: 8, channels: 64, pad_top: 1, pad_left: 1,
          tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 65536)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 4096, r_stride: 4096, out_height: 8, out_width: 8, channels: 64,
          filters: 64, tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 81920, arena, constants, constants + 2510784, arena + 81920)
      // basic8.conv1, basic8.bn1, basic8.relu1
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 4096, height: 8, width: 8, channels: 64, pad_top: 1, pad_left: 1,
          tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 81920)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 4096, r_stride: 0, out_height: 8, out_width: 8, channels: 64,
          filters: 64, tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 65536, arena, constants + 262144, constants + 2511040, nil)
      // basic8.conv2, basic8.bn2, basic8.add1, basic8.relu2
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 4096, height: 8, width: 8, channels: 64, pad_top: 1, pad_left: 1,
          tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 65536)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 4096, r_stride: 4096, out_height: 8, out_width: 8, channels: 64,
          filters: 64, tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 81920, arena, constants + 524288, constants + 2511296, arena + 81920)
      // basic9.conv1, basic9.bn1, basic9.relu1
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 4096, height: 8, width: 8, channels: 64, pad_top: 1, pad_left: 1,
          tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 81920)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 4096, r_stride: 0, out_height: 8, out_width: 8, channels: 64,
          filters: 64, tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 65536, arena, constants + 786432, constants + 2511552, nil)
      // basic9.conv2, basic9.bn2, basic9.add1, basic9.relu2
      calls.add(
        "winograd_input",
        cnn_winograd_input_parameters(
          batch: 1, x_stride: 4096, height: 8, width: 8, channels: 64, pad_top: 1, pad_left: 1,
          tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16),
        arena, arena + 65536)
      calls.add(
        "winograd_output",
        cnn_winograd_output_parameters(
          batch: 1, y_stride: 4096, r_stride: 4096, out_height: 8, out_width: 8, channels: 64,
          filters: 64, tile: 2, tiles_down: 4, tiles_across: 4, first_tile: 0, tile_count: 16,
          pools: 0, function: 1, alpha: 0.0),
        arena + 81920, arena, constants + 1048576, constants + 2511808, arena + 81920)
      // globalavgpool1
      calls.add(
        "pool2d_blocks",
        cnn_pool2d_blocks_parameters(
          batch: 1, y_stride: 64, x_stride: 4096, channels: 64, height: 8, width: 8, out_height: 1,
          out_width: 1, kernel_height: 8, kernel_width: 8, stride_height: 1, stride_width: 1,
          dilation_height: 1, dilation_width: 1, pad_top: 0, pad_left: 0, counted_top: 0,
          counted_bottom: 0, counted_left: 0, counted_right: 0, mode: 1),
        arena, arena + 81920)
      // fc1
      calls.add(
        "dense",
        cnn_dense_parameters(
          batch: 1, y_stride: 10, x_stride: 64, r_stride: 0, depth: 64, units: 10, function: 0,
          alpha: 0.0),
        arena + 256, arena, weights + 1081792, weights + 1084352, nil)
      // softmax1
      calls.add(
        "softmax",
        cnn_softmax_parameters(
          batch: 1, y_stride: 10, x_stride: 10, channels: 10, pixels: 1, logarithmic: 0),
        arena + 256, arena + 256)
    }
  }

  /// Computes an output and hands it out. Allocates nothing.
  /// - Parameter read: gets 10 elements, valid in the call only.
  public mutating func run<Result>(
    _ input: Input, _ read: (Span<Float>) throws -> Result
  ) rethrows -> Result {
    network.run(input.elements, at: 0)
    return try network.read(at: 256, count: 10) { output in
      return try read(output)
    }
  }

  /// The class with the largest score, and that.
  public mutating func classify(_ input: Input) -> (label: Label, score: Float) {
    network.run(input.elements, at: 0)
    let offset = 256
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
        contentsOf: path, network: 0x6960d97938037718, hash: nil,
        bytes: 1084416, constantBytes: 2513280, count: Self.count, prepare: Self.prepare)
    }

    private static let count = EmbeddedWeights.CallCount(calls: 57, fields: 291)

    private static func prepare(
      _ weights: UnsafeMutableRawPointer, _ constants: UnsafeMutableRawPointer, _ calls: KernelCalls
    ) {
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 27, shift: 0, epsilon: 1e-05),
        constants, weights, weights + 1728, weights + 1792, weights + 1856, weights + 1920)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2512832, nil, weights + 1728, weights + 1792, weights + 1856, weights + 1920)
      calls.add(
        "pack_panels",
        cnn_pack_panels_parameters(
          groups: 1, filters: 16, channels: 3, taps: 9, order: 1),
        constants + 2508800, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 144, shift: 0, epsilon: 1e-05),
        constants, weights + 1984, weights + 11200, weights + 11264, weights + 11328,
        weights + 11392)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2512896, nil, weights + 11200, weights + 11264, weights + 11328,
        weights + 11392)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 16, channels: 16, tile: 4),
        constants + 2269184, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 144, shift: 0, epsilon: 1e-05),
        constants, weights + 11456, weights + 20672, weights + 20736, weights + 20800,
        weights + 20864)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2512960, nil, weights + 20672, weights + 20736, weights + 20800,
        weights + 20864)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 16, channels: 16, tile: 4),
        constants + 2306048, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 144, shift: 0, epsilon: 1e-05),
        constants, weights + 20928, weights + 30144, weights + 30208, weights + 30272,
        weights + 30336)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2513024, nil, weights + 30144, weights + 30208, weights + 30272,
        weights + 30336)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 16, channels: 16, tile: 4),
        constants + 2342912, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 144, shift: 0, epsilon: 1e-05),
        constants, weights + 30400, weights + 39616, weights + 39680, weights + 39744,
        weights + 39808)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2513088, nil, weights + 39616, weights + 39680, weights + 39744,
        weights + 39808)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 16, channels: 16, tile: 4),
        constants + 2379776, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 144, shift: 0, epsilon: 1e-05),
        constants, weights + 39872, weights + 49088, weights + 49152, weights + 49216,
        weights + 49280)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2513152, nil, weights + 49088, weights + 49152, weights + 49216,
        weights + 49280)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 16, channels: 16, tile: 4),
        constants + 2416640, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 144, shift: 0, epsilon: 1e-05),
        constants, weights + 49344, weights + 58560, weights + 58624, weights + 58688,
        weights + 58752)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 16, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2513216, nil, weights + 58560, weights + 58624, weights + 58688,
        weights + 58752)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 16, channels: 16, tile: 4),
        constants + 2453504, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 144, shift: 0, epsilon: 1e-05),
        constants, weights + 58816, weights + 77248, weights + 77376, weights + 77504,
        weights + 77632)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2512064, nil, weights + 77248, weights + 77376, weights + 77504,
        weights + 77632)
      calls.add(
        "pack_panels",
        cnn_pack_panels_parameters(
          groups: 1, filters: 32, channels: 16, taps: 9, order: 0),
        constants + 2490368, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 288, shift: 0, epsilon: 1e-05),
        constants, weights + 77760, weights + 114624, weights + 114752, weights + 114880,
        weights + 115008)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2512192, nil, weights + 114624, weights + 114752, weights + 114880,
        weights + 115008)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 32, channels: 32, tile: 4),
        constants + 1310720, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 288, shift: 0, epsilon: 1e-05),
        constants, weights + 115136, weights + 152000, weights + 152128, weights + 152256,
        weights + 152384)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2512320, nil, weights + 152000, weights + 152128, weights + 152256,
        weights + 152384)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 32, channels: 32, tile: 4),
        constants + 1458176, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 288, shift: 0, epsilon: 1e-05),
        constants, weights + 152512, weights + 189376, weights + 189504, weights + 189632,
        weights + 189760)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2512448, nil, weights + 189376, weights + 189504, weights + 189632,
        weights + 189760)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 32, channels: 32, tile: 4),
        constants + 1605632, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 288, shift: 0, epsilon: 1e-05),
        constants, weights + 189888, weights + 226752, weights + 226880, weights + 227008,
        weights + 227136)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2512576, nil, weights + 226752, weights + 226880, weights + 227008,
        weights + 227136)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 32, channels: 32, tile: 4),
        constants + 1753088, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 288, shift: 0, epsilon: 1e-05),
        constants, weights + 227264, weights + 264128, weights + 264256, weights + 264384,
        weights + 264512)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 32, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2512704, nil, weights + 264128, weights + 264256, weights + 264384,
        weights + 264512)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 32, channels: 32, tile: 4),
        constants + 1900544, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 288, shift: 0, epsilon: 1e-05),
        constants, weights + 264640, weights + 338368, weights + 338624, weights + 338880,
        weights + 339136)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2510528, nil, weights + 338368, weights + 338624, weights + 338880,
        weights + 339136)
      calls.add(
        "pack_panels",
        cnn_pack_panels_parameters(
          groups: 1, filters: 64, channels: 32, taps: 9, order: 0),
        constants + 2195456, constants)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 576, shift: 0, epsilon: 1e-05),
        constants + 262144, weights + 339392, weights + 486848, weights + 487104, weights + 487360,
        weights + 487616)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2510784, nil, weights + 486848, weights + 487104, weights + 487360,
        weights + 487616)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 64, channels: 64, tile: 2),
        constants, constants + 262144)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 576, shift: 0, epsilon: 1e-05),
        constants + 524288, weights + 487872, weights + 635328, weights + 635584, weights + 635840,
        weights + 636096)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2511040, nil, weights + 635328, weights + 635584, weights + 635840,
        weights + 636096)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 64, channels: 64, tile: 2),
        constants + 262144, constants + 524288)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 576, shift: 0, epsilon: 1e-05),
        constants + 786432, weights + 636352, weights + 783808, weights + 784064, weights + 784320,
        weights + 784576)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2511296, nil, weights + 783808, weights + 784064, weights + 784320,
        weights + 784576)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 64, channels: 64, tile: 2),
        constants + 524288, constants + 786432)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 576, shift: 0, epsilon: 1e-05),
        constants + 1048576, weights + 784832, weights + 932288, weights + 932544, weights + 932800,
        weights + 933056)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2511552, nil, weights + 932288, weights + 932544, weights + 932800,
        weights + 933056)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 64, channels: 64, tile: 2),
        constants + 786432, constants + 1048576)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 576, shift: 0, epsilon: 1e-05),
        constants + 2048000, weights + 933312, weights + 1080768, weights + 1081024,
        weights + 1081280, weights + 1081536)
      calls.add(
        "fold_batch_norm",
        cnn_fold_batch_norm_parameters(
          rows: 1, groups: 1, channels: 64, inner: 1, shift: 1, epsilon: 1e-05),
        constants + 2511808, nil, weights + 1080768, weights + 1081024, weights + 1081280,
        weights + 1081536)
      calls.add(
        "pack_winograd",
        cnn_pack_winograd_parameters(
          filters: 64, channels: 64, tile: 2),
        constants + 1048576, constants + 2048000)
    }
  }
}
