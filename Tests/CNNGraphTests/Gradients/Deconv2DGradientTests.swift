import CNNGraph
import CNNSpec
import Testing

struct Deconv2DGradientTests {
  @Test(arguments: [
    Deconv2D(filters: 3, kernel: Size2D(3)),
    Deconv2D(filters: 4, kernel: Size2D(4), stride: Size2D(2), padding: Padding(1), groups: 2),
    Deconv2D(
      filters: 2, kernel: Size2D(3), stride: Size2D(2), padding: Padding(1), outputPadding: Size2D(1),
      hasBias: false),
    Deconv2D(filters: 2, kernel: Size2D(2), stride: Size2D(3), outputPadding: Size2D(height: 2, width: 0)),
    Deconv2D(
      filters: 2, kernel: Size2D(height: 1, width: 3), stride: Size2D(height: 2, width: 1),
      padding: Padding(top: 1, bottom: 0, left: -1, right: 2), groups: 2),
  ])
  func `every argument`(deconv: Deconv2D) throws {
    try GradientChecker.check(deconv, as: .deconv2d(deconv), on: [Shape(4, 3, 5)])
  }

  @Test func `one pixel becomes a window`() throws {
    let deconv = Deconv2D(filters: 2, kernel: Size2D(3))
    try GradientChecker.check(deconv, as: .deconv2d(deconv), on: [Shape(3, 1, 1)])
  }
}
