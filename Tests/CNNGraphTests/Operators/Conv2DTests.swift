import CNNGraph
import CNNSpec
import Testing

struct Conv2DTests {
  static func square(_ kernel: Int, stride: Int = 1, pad: Int = 0, dilation: Int = 1) -> Window2D {
    Window2D(
      kernel: Size2D(kernel), stride: Size2D(stride), padding: Padding(pad), dilation: Size2D(dilation))
  }

  @Test(arguments: [
    (Shape(3, 227, 227), Conv2D(filters: 96, window: square(11, stride: 4)), Shape(96, 55, 55)),
    (Shape(3, 224, 224), Conv2D(filters: 64, window: square(3, pad: 1)), Shape(64, 224, 224)),
    (Shape(1, 7, 7), Conv2D(filters: 1, window: square(3, stride: 2)), Shape(1, 3, 3)),
    (Shape(1, 7, 7), Conv2D(filters: 1, window: square(3, stride: 3)), nil),
    (Shape(1, 7, 7), Conv2D(filters: 1, window: square(3, stride: 3, pad: 1)), Shape(1, 3, 3)),
    (Shape(1, 7, 7), Conv2D(filters: 1, window: square(3, dilation: 3)), Shape(1, 1, 1)),
    (Shape(1, 7, 7), Conv2D(filters: 1, window: square(3, pad: -1)), Shape(1, 3, 3)),
    (Shape(1, 2, 2), Conv2D(filters: 1, window: square(3)), nil),
    (Shape(4, 5, 5), Conv2D(filters: 6, window: square(1), groups: 2), Shape(6, 5, 5)),
    (Shape(4, 5, 5), Conv2D(filters: 6, window: square(1), groups: 4), nil),
    (Shape(2, 5, 5), Conv2D(filters: 2, window: square(1), connections: [[0], [2]]), nil),
    (Shape(2, 5, 5), Conv2D(filters: 2, window: square(1), connections: [[0]]), nil),
    (Shape(2, 5, 5), Conv2D(filters: Int.max, window: square(1)), nil),
  ])
  func `shapes`(input: Shape, conv: Conv2D, output: Shape?) {
    #expect(conv.outputShape(for: [input]) == output)
  }

  @Test func `a residual has the output's shape`() {
    let conv = Conv2D(filters: 2, window: Self.square(3), epilogue: Epilogue(addsResidual: true))
    #expect(conv.outputShape(for: [Shape(1, 5, 5), Shape(2, 3, 3)]) == Shape(2, 3, 3))
    #expect(conv.outputShape(for: [Shape(1, 5, 5), Shape(2, 5, 5)]) == nil)
    #expect(conv.outputShape(for: [Shape(1, 5, 5)]) == nil)
    #expect(conv.inPlaceInputs == [1])
  }

  @Test func `costs: VGG's first layer, LeNet-5's C1 and C3`() {
    func cost(_ conv: Conv2D, _ input: Shape) -> Cost {
      conv.cost(for: [input], output: conv.outputShape(for: [input])!)
    }
    let vgg = Conv2D(filters: 64, window: Self.square(3, pad: 1))
    #expect(cost(vgg, Shape(3, 224, 224)).multiplications.value == 86_704_128)
    #expect(vgg.parameters(for: [Shape(3, 224, 224)]).map(\.dimensions) == [[64, 3, 3, 3], [64]])
    let c1 = Conv2D(filters: 6, window: Self.square(5))
    #expect(cost(c1, Shape(1, 32, 32)).connections.value == 122_304)
    let c3 = Conv2D(filters: 16, window: Self.square(5), connections: Self.lenetTable)
    #expect(c3.connectedWeights(inputChannels: 6).value == 1500)
    #expect(cost(c3, Shape(6, 14, 14)).connections.value == 151_600)
    #expect(c3.parameters(for: [Shape(6, 14, 14)])[0].dimensions == [16, 6, 5, 5])
    let fused = Conv2D(
      filters: 6, window: Self.square(1), hasBias: false, epilogue: Epilogue(activation: .relu))
    #expect(cost(fused, Shape(1, 4, 4)).otherOperations.value == 96)
    #expect(cost(fused, Shape(1, 4, 4)).connections.value == 96)
  }

  /// LeCun et al. 1998, table I.
  static let lenetTable = [
    [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5], [0, 1, 2, 3], [1, 2, 3, 4],
    [2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5], [0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5],
    [0, 1, 2, 3, 4, 5],
  ]

  @Test func `the lecture's example`() {
    let image: [Double] = [
      1, 0, 0, 0, 1, -1, 0, 2, 1, 2, 1, 0, -2, 0, -1, 1, 1, 0, 0, 2, -2, 0, 3, 0, 0,
    ]
    let x = Tensor([1, 1, 5, 5], image)
    let weight = Tensor<Double>([1, 1, 3, 3], [1, 0, 2, -1, 1, 1, 0, 2, 1])
    func values(stride: Int) -> [Double] {
      Conv2D(filters: 1, window: Self.square(3, stride: stride), hasBias: false)
        .evaluate([x], parameters: [weight]).elements
    }
    #expect(values(stride: 1) == [2, -1, 2, 2, 0, 9, 0, 5, -2])
    #expect(values(stride: 2) == [2, 2, 0, -2])
  }

  @Test func `strides and lopsided padding, against PyTorch`() {
    let conv = Conv2D(
      filters: 3,
      window: Window2D(
        kernel: Size2D(3), stride: Size2D(height: 2, width: 1),
        padding: Padding(top: 1, bottom: 1, left: 0, right: 1)))
    let y = conv.evaluate(
      [integers([1, 2, 5, 6], step: 7, modulus: 11)],
      parameters: [integers([3, 2, 3, 3], step: 5, modulus: 7), integers([3], step: 2, modulus: 5)])
    #expect(
      y.elements == [
        12, 24, 3, -7, 7, 1, 13, 3, -29, 1, 26, -3, -43, 16, 7, 11, -40, 41, -21, -14, -38, 50, -38, -5, 20,
        41, -40, 11, 18, -32, -39, 1, 30, -7, 7, 7, 17, 5, 26, -17, 7, 28, 16, -29, 13,
      ])
  }

  @Test func `dilation, against PyTorch`() {
    let window = Window2D(kernel: Size2D(2), dilation: Size2D(height: 3, width: 2))
    let y = Conv2D(filters: 1, window: window).evaluate(
      [integers([1, 2, 5, 6], step: 7, modulus: 11)],
      parameters: [integers([1, 2, 2, 2], step: 5, modulus: 7), integers([1], step: 2, modulus: 5)])
    #expect(y.elements == [-23, 11, 23, -53, -17, 28, -26, -14])
  }

  @Test func `groups, against PyTorch`() {
    let window = Window2D(
      kernel: Size2D(height: 3, width: 2), stride: Size2D(height: 1, width: 2),
      padding: Padding(top: 0, bottom: 0, left: 2, right: 0))
    let y = Conv2D(filters: 4, window: window, groups: 2, hasBias: false).evaluate(
      [integers([1, 2, 5, 6], step: 7, modulus: 11)],
      parameters: [integers([4, 1, 3, 2], step: 5, modulus: 7)])
    #expect(
      y.elements == [
        0, 23, 26, -4, 0, -12, 24, -28, 0, -3, -11, 25, 0, -3, -28, 24, 0, -12, -4, 26, 0, 23, -13, -27, 0,
        -18, 17, -14, 0, -1, 12, 14, 0, 5, -15, 9, 0, -11, -27, 12, 0, 18, 2, -25, 0, 14, -13, 4,
      ])
  }

  @Test func `a table of connections counts as zero weights elsewhere`() {
    let x = integers([1, 3, 4, 4], step: 7, modulus: 11)
    var weight = integers([2, 3, 3, 3], step: 5, modulus: 7)
    let table = Conv2D(filters: 2, window: Self.square(3), hasBias: false, connections: [[2, 0], []])
    let y = table.evaluate([x], parameters: [weight])
    for index in 9..<18 { weight.elements[index] = 0 }
    for index in 27..<54 { weight.elements[index] = 0 }
    let all = Conv2D(filters: 2, window: Self.square(3), hasBias: false)
    #expect(y == all.evaluate([x], parameters: [weight]))
  }
}
