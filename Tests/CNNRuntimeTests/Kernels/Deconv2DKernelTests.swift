import CNNGraph
import CNNSpec
import Testing

struct Deconv2DKernelTests {
  @Test(arguments: [
    (1, 1, Size2D(1), Size2D(1)), (2, 4, Size2D(2), Size2D(2)), (3, 5, Size2D(3), Size2D(2)),
    (2, 3, Size2D(2), Size2D(3)), (1, 4, Size2D(5), Size2D(1)),
    (3, 9, Size2D(height: 4, width: 1), Size2D(2)), (2, 4, Size2D(3), Size2D(height: 1, width: 4)),
  ])
  func `kernels and strides`(channels: Int, filters: Int, kernel: Size2D, stride: Size2D) throws {
    for padding in [
      Padding.none, Padding(top: 1, bottom: 0, left: 0, right: 0),
      Padding(top: 0, bottom: 1, left: -5, right: -2), Padding(top: -3, bottom: 0, left: 1, right: 1),
    ] {
      for outputPadding in [Size2D(0), Size2D(height: 1, width: 2)] {
        let deconv = Deconv2D(
          filters: filters, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding,
          hasBias: filters != 3)
        try KernelChecker.check(deconv, on: [Shape(channels, 3, 5)], batch: 3)
      }
    }
  }

  @Test(arguments: [127, 128, 129, 257])
  func `rows round the tile`(width: Int) throws {
    for stride in [1, 2] {
      let deconv = Deconv2D(filters: 2, kernel: Size2D(height: 1, width: 2), stride: Size2D(stride))
      try KernelChecker.check(deconv, on: [Shape(1, 2, width)])
    }
  }

  @Test(arguments: [(2, 2, 2), (3, 6, 3), (4, 10, 2)])
  func `groups`(channels: Int, filters: Int, groups: Int) throws {
    let deconv = Deconv2D(filters: filters, kernel: Size2D(3), stride: Size2D(2), groups: groups)
    try KernelChecker.check(deconv, on: [Shape(channels, 3, 4)])
  }

  @Test(arguments: [nil] + ActivationKernelTests.all.map(Optional.init))
  func `epilogues, in the residual's place too`(activation: Activation?) throws {
    for addsResidual in [false, true] {
      let deconv = Deconv2D(
        filters: 5, kernel: Size2D(2), stride: Size2D(2),
        epilogue: Epilogue(addsResidual: addsResidual, activation: activation))
      let shapes = [Shape(3, 2, 3)] + (addsResidual ? [Shape(5, 4, 6)] : [])
      try KernelChecker.check(deconv, on: shapes)
      if addsResidual { try KernelChecker.check(deconv, on: shapes, inPlace: 1) }
    }
  }
}
