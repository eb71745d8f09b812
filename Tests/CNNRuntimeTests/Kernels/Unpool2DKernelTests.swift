import CNNGraph
import CNNSpec
import Testing

struct Unpool2DKernelTests {
  @Test(arguments: Pool2DKernelTests.all)
  func `every window`(window: Window2D) throws {
    for channels in [1, 3] {
      let image = Shape(channels, 7, 9)
      let pooled = try #require(Pool2D(mode: .max, window: window).outputShape(for: [image]))
      try KernelChecker.check(Unpool2D(window: window), on: [pooled, image], batch: 3)
    }
  }

  @Test func `equal elements and not-a-number`() throws {
    let window = Window2D(kernel: Size2D(height: 1, width: 3), stride: Size2D(3))
    let pooled = Tensor<Float>([1, 1, 1, 9], [2, 2, 1, .nan, .nan, 5, -.infinity, -.infinity, -.infinity])
    let y = try KernelChecker.run(Unpool2D(window: window), [Tensor([1, 1, 1, 3], [7, 8, 9]), pooled])
    #expect(y == [7, 0, 0, 0, 8, 0, 9, 0, 0])
  }
}
