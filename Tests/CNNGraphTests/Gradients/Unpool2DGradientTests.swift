import CNNGraph
import CNNSpec
import Testing

struct Unpool2DGradientTests {
  @Test(arguments: Pool2DGradientTests.windows)
  func `every window, what was pooled having no gradient`(window: Window2D) throws {
    let pooled = Shape(2, 7, 9)
    let shape = try #require(Pool2D(mode: .max, window: window).outputShape(for: [pooled]))
    let unpool = Unpool2D(window: window)
    try GradientChecker.check(unpool, as: .unpool2d(unpool), on: [shape, pooled])
  }
}
