import CNNGraph
import Foundation
import Testing

struct ActivationKernelTests {
  static let all: [Activation] = [
    .relu, .relu6, .leakyReLU(slope: 0.01), .elu(alpha: 1.5), .sigmoid, .tanh, .scaledTanh, .gelu, .silu,
    .hardSigmoid, .hardSwish,
  ]

  @Test(arguments: all)
  func `the kernel computes the reference, in place too`(activation: Activation) throws {
    for shape in [Shape(1, 1, 1), Shape(3, 5, 7), Shape(17, 4, 4)] {
      try KernelChecker.check(activation, on: [shape])
      try KernelChecker.check(activation, on: [shape], inPlace: 0)
    }
  }

  /// The functions made of exponentials, each with what the operator's reference says, but without its
  /// cancellation far below 0.
  static let exact: [(Activation, @Sendable (Double) -> Double)] = [
    (.elu(alpha: 1.5), { $0 > 0 ? $0 : 1.5 * expm1($0) }), (.sigmoid, { 1 / (1 + exp(-$0)) }),
    (.tanh, { tanh($0) }), (.scaledTanh, { 1.7159 * tanh(2 * $0 / 3) }),
    (.gelu, { $0 / 2 * erfc(-$0 / 2.0.squareRoot()) }), (.silu, { $0 / (1 + exp(-$0)) }),
  ]

  @Test(arguments: exact.indices)
  func `a relative error of 4e-7 at most, at any number`(index: Int) throws {
    let (activation, reference) = Self.exact[index]
    // Normal numbers of both signs and all exponents, and a closer look at where results are neither 0 nor 1.
    var elements = stride(from: UInt32(0x0080_0000), to: 0x7F80_0000, by: 1_000_003).flatMap {
      [Float(bitPattern: $0), -Float(bitPattern: $0)]
    }
    elements += stride(from: Float(-110), through: 110, by: 0.0371)
    let y = try KernelChecker.run(activation, [Tensor([1, 1, 1, elements.count], elements)])
    for (x, found) in zip(elements, y) {
      let expected = reference(Double(x))
      guard abs(expected) >= Double(Float.leastNormalMagnitude), abs(expected) <= 3.4e38 else { continue }
      #expect(abs(Double(found) - expected) <= 4e-7 * abs(expected), "\(activation) at \(x)")
    }
  }

  @Test func `infinities give limits, and not-a-number itself`() throws {
    let x = Tensor<Float>([1, 1, 1, 3], [.infinity, -.infinity, .nan])
    let limits: [(Activation, Float, Float)] = [
      (.elu(alpha: 1.5), .infinity, -1.5), (.sigmoid, 1, 0), (.tanh, 1, -1), (.scaledTanh, 1.7159, -1.7159),
      (.gelu, .infinity, 0), (.silu, .infinity, 0),
    ]
    for (activation, above, below) in limits {
      let y = try KernelChecker.run(activation, [x])
      #expect(y[0] == above && y[1] == below && y[2].isNaN, "\(activation): \(y)")
    }
  }
}
