import CNNGraph
import CNNSpec
import Testing

struct Deconv2DTests {
  @Test(arguments: [
    (Shape(128, 28, 28), Deconv2D(filters: 64, kernel: Size2D(2), stride: Size2D(2)), Shape(64, 56, 56)),
    (
      Shape(1, 5, 5),
      Deconv2D(
        filters: 1, kernel: Size2D(3), stride: Size2D(2), padding: Padding(1), outputPadding: Size2D(1)),
      Shape(1, 10, 10)
    ),
    (Shape(4, 3, 2), Deconv2D(filters: 6, kernel: Size2D(3), groups: 2), Shape(6, 5, 4)),
    (Shape(4, 3, 2), Deconv2D(filters: 6, kernel: Size2D(3), groups: 4), nil),
    (Shape(1, 1, 1), Deconv2D(filters: 1, kernel: Size2D(2), padding: Padding(1)), nil),
    (Shape(1, 9, 9), Deconv2D(filters: 1, kernel: Size2D(2), stride: Size2D(Int.max)), nil),
  ])
  func `shapes`(input: Shape, deconv: Deconv2D, output: Shape?) {
    #expect(deconv.outputShape(for: [input]) == output)
  }

  @Test func `parameters and cost`() {
    let deconv = Deconv2D(filters: 64, kernel: Size2D(2), stride: Size2D(2))
    let shape = Shape(128, 28, 28)
    #expect(deconv.parameters(for: [shape]).map(\.dimensions) == [[128, 64, 2, 2], [64]])
    let cost = deconv.cost(for: [shape], output: Shape(64, 56, 56))
    #expect(cost.multiplications.value == 25_690_112)
    #expect(cost.connections.value == 25_690_112 + 64 * 56 * 56)
    #expect(cost.otherOperations.value == 0)
  }

  @Test func `lopsided padding, against ONNX Runtime`() {
    let deconv = Deconv2D(
      filters: 2, kernel: Size2D(3), stride: Size2D(2),
      padding: Padding(top: 1, bottom: 0, left: 0, right: 1), outputPadding: Size2D(height: 1, width: 0))
    let y = deconv.evaluate(
      [integers([1, 2, 2, 3], step: 7, modulus: 11)],
      parameters: [integers([2, 2, 3, 3], step: 5, modulus: 7), integers([2], step: 2, modulus: 5)])
    #expect(y.dimensions == [1, 2, 5, 6])
    #expect(
      y.elements == [
        -4, -9, -11, 4, 16, -16, -11, 38, -19, -7, 7, -19, -21, 19, 4, -1, 20, -21, -13, -8, 12, -8, 12, -8,
        -2, -2, -2, -2, -2, -2, -5, -3, 29, -2, -8, 10, -9, -23, 24, 1, -6, 25, 5, -11, -5, 1, -9, 13, 13,
        -3, -18, 1, -10, 5, 0, 0, 0, 0, 0, 0,
      ])
  }

  @Test func `padding on all sides and output padding, against PyTorch`() {
    let deconv = Deconv2D(
      filters: 2, kernel: Size2D(3), stride: Size2D(2), padding: Padding(1), outputPadding: Size2D(1))
    let y = deconv.evaluate(
      [integers([1, 2, 2, 3], step: 7, modulus: 11)],
      parameters: [integers([2, 2, 3, 3], step: 5, modulus: 7), integers([2], step: 2, modulus: 5)])
    #expect(
      y.elements == [
        -9, -11, 4, 16, -16, -4, 38, -19, -7, 7, -19, -5, 19, 4, -1, 20, -21, -5, -8, 12, -8, 12, -8, -13,
        -3, 29, -2, -8, 10, -6, -23, 24, 1, -6, 25, -3, -11, -5, 1, -9, 13, -6, -3, -18, 1, -10, 5, 21,
      ])
  }

  @Test func `groups and gaps, against PyTorch`() {
    let deconv = Deconv2D(
      filters: 4, kernel: Size2D(2), stride: Size2D(height: 2, width: 3), groups: 2, hasBias: false)
    let y = deconv.evaluate(
      [integers([1, 2, 2, 3], step: 7, modulus: 11)],
      parameters: [integers([2, 2, 2, 2], step: 5, modulus: 7)])
    #expect(
      y.elements == [
        15, -10, 0, -6, 4, 0, 6, -4, 0, 10, 0, 0, -4, 0, 0, 4, -15, 10, 0, -3, 2, 0, 9, -6, 0, -10, 0, 0,
        -2, 0, 0, 6, -15, -5, 0, 6, 2, 0, -6, -2, 5, 15, 0, -2, -6, 0, 2, 6, 15, 5, 0, 3, 1, 0, -9, -3, -5,
        -15, 0, -1, -3, 0, 3, 9, 8, 0, 0, 0, 0, 0, -8, 0, -8, 12, 0, 0, 0, 0, 8, -12, 6, 0, 0, -2, 0, 0,
        -10, 0, -6, 9, 0, 2, -3, 0, 10, -15, 4, -4, 0, 0, 0, 0, -4, 4, -12, 8, 0, 0, 0, 0, 12, -8, 3, -3, 0,
        -1, 1, 0, -5, 5, -9, 6, 0, 3, -2, 0, 15, -10,
      ])
  }
}
