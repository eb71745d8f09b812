import CNNGraph
import Testing

/// Sums and products of several values.
struct JoinKernelTests {
  static let shapes = [Shape(1, 1, 1), Shape(3, 5, 7), Shape(15, 3, 2), Shape(16, 4, 4), Shape(17, 11, 13)]
  static let activations: [Activation?] = [nil, .relu, .sigmoid]

  @Test(arguments: shapes, 1...4)
  func `sums, in place too`(shape: Shape, count: Int) throws {
    let inputs = [Shape](repeating: shape, count: count)
    for activation in Self.activations {
      let op = Add(epilogue: Epilogue(activation: activation))
      try KernelChecker.check(op, on: inputs, batch: 3)
      for index in op.inPlaceInputs where index < count {
        try KernelChecker.check(op, on: inputs, batch: 3, inPlace: index)
      }
    }
  }

  @Test func `a value given twice, and three times`() throws {
    let shape = Shape(3, 5, 7)
    try KernelChecker.check(Add(), on: [shape, shape], inPlace: 0, repeated: [1: 0])
    for repeated in [[1: 0], [2: 0], [2: 1]] {
      try KernelChecker.check(Add(), on: [shape, shape, shape], repeated: repeated)
      for index in [0, 1] {
        try KernelChecker.check(Add(), on: [shape, shape, shape], inPlace: index, repeated: repeated)
        try KernelChecker.check(Multiply(), on: [shape, shape, shape], inPlace: index, repeated: repeated)
      }
    }
    try KernelChecker.check(Add(), on: [shape, shape, shape], repeated: [1: 0, 2: 0])
  }

  @Test(arguments: shapes)
  func `products, each input full or one factor a channel`(shape: Shape) throws {
    let gate = Shape(shape.channels, 1, 1)
    for inputs in [
      [shape, shape], [shape, gate], [gate, shape], [gate, gate], [gate, shape, gate, shape],
      [shape, gate, gate],
    ] {
      try KernelChecker.check(Multiply(), on: inputs, batch: 3)
      let output = inputs.contains(shape) ? shape : gate
      for index in Multiply().inPlaceInputs where inputs[index] == output {
        try KernelChecker.check(Multiply(), on: inputs, batch: 3, inPlace: index)
      }
    }
  }
}
