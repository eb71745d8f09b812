import CNNGraph
import CNNSpec
import Testing

/// The operators that the copying kernels compute.
struct CopyKernelTests {
  static let shapes = [
    Shape(1, 1, 1), Shape(3, 5, 7), Shape(15, 1, 3), Shape(16, 4, 4), Shape(17, 7, 1),
  ]

  @Test(arguments: shapes)
  func `elements are passed on`(shape: Shape) throws {
    try KernelChecker.check(Identity(), on: [shape], batch: 3, tolerance: 0)
    try KernelChecker.check(Identity(), on: [shape], batch: 3, inPlace: 0, tolerance: 0)
    try KernelChecker.check(Dropout(), on: [shape], batch: 3, tolerance: 0)
    let flat = Reshape(shape: Shape(shape.count, 1, 1))
    try KernelChecker.check(flat, on: [shape], batch: 3, tolerance: 0)
    try KernelChecker.check(flat, on: [shape], batch: 3, inPlace: 0, tolerance: 0)
  }

  @Test(
    arguments: shapes,
    [
      Pad2D(padding: .none), Pad2D(padding: Padding(1)),
      Pad2D(padding: Padding(top: 0, bottom: 1, left: 2, right: 3), channelsBefore: 1, channelsAfter: 2),
      Pad2D(padding: Padding(top: 2, bottom: 1, left: 0, right: 0)),
      Pad2D(padding: .none, channelsBefore: 3),
    ])
  func `zeros round an image`(shape: Shape, op: Pad2D) throws {
    try KernelChecker.check(op, on: [shape], batch: 3, tolerance: 0)
  }

  @Test(arguments: [
    (0, 0, Size2D(height: 5, width: 7)), (0, 0, Size2D(height: 3, width: 7)),
    (2, 3, Size2D(height: 3, width: 4)),
    (4, 6, Size2D(1)), (1, 0, Size2D(height: 1, width: 7)),
  ])
  func `a window of an image`(top: Int, left: Int, size: Size2D) throws {
    let op = Crop2D(offsetTop: top, offsetLeft: left, size: size)
    for channels in [1, 3, 17] {
      try KernelChecker.check(op, on: [Shape(channels, 5, 7)], batch: 3, tolerance: 0)
    }
  }

  @Test(arguments: [(1, 3), (3, 3), (2, 6), (3, 15), (4, 16), (16, 16), (1, 1)])
  func `channels shuffled`(groups: Int, channels: Int) throws {
    for size in [1, 5] {
      let shape = Shape(channels, size, size)
      try KernelChecker.check(ChannelShuffle(groups: groups), on: [shape], batch: 3, tolerance: 0)
    }
  }

  @Test(arguments: [[1], [3, 15], [16, 17, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]])
  func `channels behind one another`(channels: [Int]) throws {
    for size in [Size2D(1), Size2D(height: 5, width: 7)] {
      let inputs = channels.map { Shape($0, size.height, size.width) }
      try KernelChecker.check(Concat(), on: inputs, batch: 3, tolerance: 0)
    }
    let same = channels.map { _ in Shape(2, 3, 3) }
    let repeated = Dictionary(uniqueKeysWithValues: same.indices.dropFirst().map { ($0, 0) })
    try KernelChecker.check(Concat(), on: same, tolerance: 0, repeated: repeated)
  }

  @Test func `a concatenation in which an input lies at its slice already`() throws {
    let shapes = [Shape(1, 2, 3), Shape(4, 2, 3)]
    let tensors = shapes.enumerated().map { KernelChecker.numbers(UInt64($0), 2 * $1.count) }
    var memory = KernelChecker.Memory()
    let first = memory.place(tensors[0], images: 2)
    let output = memory.place([Float](repeating: .nan, count: 2 * 30), images: 2)
    guard case .arena(let offset) = output.location else { preconditionFailure() }
    let second = Operand(.arena(offset: offset + 6 * 4), imageStride: output.imageStride)
    for n in 0..<2 {
      let start = memory.index(of: second, image: n)
      memory.elements.replaceSubrange(start..<start + 24, with: tensors[1][n * 24..<(n + 1) * 24])
    }
    let calls = Concat().lower(
      CallSite(
        batch: 2, inputTypes: shapes.map(TensorType.activation), parameterTypes: [],
        outputTypes: [.activation(Shape(5, 2, 3))], inputs: [first, second], parameters: [],
        outputs: [output]))
    #expect(calls.count == 1)
    memory.run(calls)
    for n in 0..<2 {
      let start = memory.index(of: output, image: n)
      let expected = tensors[0][n * 6..<(n + 1) * 6] + tensors[1][n * 24..<(n + 1) * 24]
      #expect(memory.elements[start..<start + 30] == expected)
    }
  }
}
