import CNNGraph
import CNNPasses
import CNNSpec
import Testing

struct WeightGradientCostsTests {
  /// Nanoseconds of a convolution of 3x3 with padding.
  private func cost(
    _ channels: Int, _ size: Int, batch: Int, layout: Layout = .channelBlocks, winogradTile: Int? = nil
  ) throws -> Double {
    let conv = Conv2D(filters: channels, window: Window2D(kernel: Size2D(3), padding: Padding(1)))
    let gradient = Conv2DWeightGradient(conv: conv, winogradTile: winogradTile)
    let type = TensorType.activation(Shape(channels, size, size)).laid(out: layout)
    _ = try #require(gradient.outputTypes(inputs: [type, type], parameters: []))
    return WeightGradientCosts().nanoseconds(of: gradient, inputs: [type, type], batch: batch)
  }

  /// As measured: channels, size, batch.
  @Test(arguments: [(32, 16, 64), (64, 32, 64), (128, 16, 64), (256, 8, 64), (256, 14, 16), (64, 56, 16)])
  func `of layers as networks have them, tiles of four win, then tiles of two, then blocks`(
    channels: Int, size: Int, batch: Int
  ) throws {
    let costs = [
      try cost(channels, size, batch: batch, winogradTile: 4),
      try cost(channels, size, batch: batch, winogradTile: 2),
      try cost(channels, size, batch: batch),
      try cost(channels, size, batch: batch, layout: .rowMajor),
    ]
    #expect(costs == costs.sorted())
  }

  /// The sums are then larger than all that is added to them.
  @Test func `of few tiles and many channels, the definition wins`() throws {
    #expect(try cost(512, 7, batch: 1) < cost(512, 7, batch: 1, winogradTile: 4))
  }

  @Test func `a batch beyond all memory costs more than another`() throws {
    #expect(try cost(64, 32, batch: .max) > cost(64, 32, batch: 1 << 40))
    #expect(
      try cost(64, 32, batch: .max, winogradTile: 4) > cost(64, 32, batch: 1 << 40, winogradTile: 4))
  }
}
