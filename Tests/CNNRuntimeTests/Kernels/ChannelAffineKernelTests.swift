import CNNGraph
import Testing

/// The two operators that the affine kernels compute: batch norm and a learned factor and bias.
struct ChannelAffineKernelTests {
  static let shapes = [
    Shape(1, 1, 1), Shape(3, 5, 7), Shape(15, 3, 2), Shape(16, 4, 4), Shape(17, 1, 9), Shape(2, 37, 31),
  ]
  static let epilogues = [
    Epilogue.none, Epilogue(activation: .relu), Epilogue(activation: .leakyReLU(slope: 0.2)),
    Epilogue(addsResidual: true), Epilogue(addsResidual: true, activation: .hardSwish),
  ]

  /// Makes the fourth parameter, the variance, positive.
  private func variance(_ parameter: Int, _ value: Float) -> Float {
    parameter == 3 ? abs(value) + 0.1 : value
  }

  @Test(arguments: shapes, epilogues)
  func `a factor and a bias a channel`(shape: Shape, epilogue: Epilogue) throws {
    let op = ChannelAffine(epilogue: epilogue)
    let inputs = [Shape](repeating: shape, count: epilogue.inputCount(besides: 1))
    try KernelChecker.check(op, on: inputs, batch: 3)
    for index in op.inPlaceInputs { try KernelChecker.check(op, on: inputs, batch: 3, inPlace: index) }
  }

  @Test func `the residual may be the input`() throws {
    let op = ChannelAffine(epilogue: Epilogue(addsResidual: true))
    let inputs = [Shape(3, 5, 7), Shape(3, 5, 7)]
    try KernelChecker.check(op, on: inputs, repeated: [1: 0])
    try KernelChecker.check(op, on: inputs, inPlace: 0, repeated: [1: 0])
    try KernelChecker.check(
      BatchNorm(epilogue: Epilogue(addsResidual: true)), on: inputs, repeated: [1: 0], transform: variance)
  }

  @Test(arguments: shapes, epilogues)
  func `batch norm`(shape: Shape, epilogue: Epilogue) throws {
    let op = BatchNorm(epsilon: 1e-3, epilogue: epilogue)
    let inputs = [Shape](repeating: shape, count: epilogue.inputCount(besides: 1))
    try KernelChecker.check(op, on: inputs, batch: 3, transform: variance)
    for index in op.inPlaceInputs {
      try KernelChecker.check(op, on: inputs, batch: 3, inPlace: index, transform: variance)
    }
  }
}
