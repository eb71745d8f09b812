import CNNGraph
import CNNSpec
import Testing

struct Pool2DGradientKernelTests {
  static func check(_ pool: Pool2D, _ shape: Shape, batch: Int = 2) throws {
    let dy = TensorType.activation(try #require(pool.outputShape(for: [shape])))
    let operation = Pool2DGradient(pool: pool, inputShape: shape)
    let inputs = pool.mode == .max ? [dy, .activation(shape)] : [dy]
    // Few different numbers in what was pooled, so that many windows have several maxima.
    try KernelChecker.check(
      operator: operation, inputs: inputs, batch: batch,
      inputTransform: { $0 == 1 ? ($1 * 3).rounded() : $1 })
  }

  @Test(arguments: Pool2DKernelTests.all)
  func `every window`(window: Window2D) throws {
    for mode in [
      Pool2D.Mode.max, .sum, .average(counted: .none), .average(counted: window.padding),
      .average(counted: Padding(top: 1, bottom: 0, left: 0, right: 1)),
    ] {
      for channels in [1, 3] {
        try Self.check(Pool2D(mode: mode, window: window), Shape(channels, 7, 9), batch: 3)
      }
    }
  }

  @Test(arguments: [255, 256, 257, 513])
  func `rows round the tile`(width: Int) throws {
    let window = Window2D(kernel: Size2D(3), padding: Padding(1))
    for mode in [Pool2D.Mode.max, .average(counted: .none)] {
      try Self.check(Pool2D(mode: mode, window: window), Shape(2, 3, width))
    }
  }

  @Test func `not-a-number takes its windows' gradients, and a window of padding gives none`() throws {
    let window = Window2D(
      kernel: Size2D(height: 1, width: 2), stride: Size2D(height: 1, width: 1),
      padding: Padding(top: 1, bottom: 0, left: 0, right: 0))
    let pool = Pool2D(mode: .max, window: window)
    try KernelChecker.check(
      operator: Pool2DGradient(pool: pool, inputShape: Shape(2, 5, 6)),
      inputs: [.activation(Shape(2, 6, 5)), .activation(Shape(2, 5, 6))],
      inputTransform: { $0 == 0 ? $1 : $1 > 0.5 ? .nan : $1 < -0.5 ? -.infinity : $1 })
  }
}

struct Unpool2DGradientKernelTests {
  @Test(arguments: Pool2DKernelTests.all)
  func `every window`(window: Window2D) throws {
    for channels in [1, 3] {
      let type = TensorType.activation(Shape(channels, 7, 9))
      try KernelChecker.check(
        operator: Unpool2DGradient(window: window), inputs: [type, type], batch: 3,
        inputTransform: { $0 == 1 ? ($1 * 3).rounded() : $1 })
    }
  }
}
