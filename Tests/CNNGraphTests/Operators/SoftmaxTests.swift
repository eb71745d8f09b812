import CNNGraph
import CNNSpec
import Testing

struct SoftmaxTests {
  @Test(arguments: [
    (false, [4.24538302e-05, 0.0465562753, 0.000852707948, 0.935107827, 0.0171270967, 0.000313693716]),
    (true, [-10.0670938, -3.06709337, -7.06709337, -0.0670934618, -4.06709337, -8.06709385]),
  ])
  func `values, against PyTorch`(isLogarithmic: Bool, expected: [Double]) {
    let x = integers([1, 6, 1, 1], step: 7, modulus: 11)
    let y = Softmax(isLogarithmic: isLogarithmic).evaluate([x], parameters: [])
    #expect(isClose(y.elements, expected))
  }

  @Test func `large numbers do not overflow`() {
    let x = Tensor<Double>([1, 2, 1, 1], [10000, 10000])
    #expect(Softmax().evaluate([x], parameters: []).elements == [0.5, 0.5])
  }

  @Test func `shape and cost`() {
    let shape = Shape(3, 2, 2)
    #expect(Softmax().outputShape(for: [shape]) == shape)
    #expect(Softmax().cost(for: [shape], output: shape).otherOperations.value == 60)
    #expect(Softmax(isLogarithmic: true).cost(for: [shape], output: shape).otherOperations.value == 64)
  }
}
