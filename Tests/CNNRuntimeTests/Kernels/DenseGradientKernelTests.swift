import CNNGraph
import Testing

struct DenseGradientKernelTests {
  /// Round the blocks: rows of 4, 6 or 12, columns of a tile, of 64 and of a panel of 32768 floats, 256 terms;
  /// the rows are images or units, the terms the other.
  @Test(arguments: [
    (1, 1, 1), (3, 4, 7), (4, 5, 8), (5, 3, 9), (31, 2, 127), (32, 127, 5), (33, 128, 3), (65, 129, 128),
    (40, 6, 129), (120, 84, 6), (129, 257, 3), (64, 5, 300),
    (530, 300, 6), (513, 4, 259), (2060, 3, 16),
  ])
  func `sizes round the blocks`(depth: Int, units: Int, batch: Int) throws {
    for shape in [Shape(depth, 1, 1), Shape(1, depth, 2)] {
      let (x, dy) = (TensorType.activation(shape), TensorType.activation(Shape(units, 1, 1)))
      try KernelChecker.check(
        operator: DenseInputGradient(inputShape: shape), inputs: [dy],
        parameters: [.parameter([units, shape.count])], batch: batch)
      try KernelChecker.check(operator: DenseWeightGradient(), inputs: [x, dy], batch: batch)
    }
  }
}

struct ChannelReductionSumTests {
  @Test(arguments: [
    Shape(1, 1, 1), Shape(10, 1, 1), Shape(129, 1, 1), Shape(3, 1, 7), Shape(4, 2, 4), Shape(2, 3, 3),
    Shape(2, 16, 32),
    Shape(3, 27, 19), Shape(1, 32, 33),
  ])
  func `the kernel computes the reference`(shape: Shape) throws {
    for batch in [1, 3, 40] {
      // All of one sign, so that what is lost in long sums would show.
      try KernelChecker.check(
        operator: ChannelReduction(.one), inputs: [.activation(shape)], batch: batch, tolerance: 1e-6,
        inputTransform: { $1 + 1 })
    }
  }
}
