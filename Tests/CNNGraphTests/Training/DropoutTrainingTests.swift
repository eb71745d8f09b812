import CNNGraph
import Testing

struct DropoutTrainingTests {
  private func apply(_ op: DropoutTraining, _ state: RandomState, batch: Int = 4) -> [Double] {
    let ones = Tensor<Double>([batch, 5, 10, 20], [Double](repeating: 1, count: batch * 1000))
    let parameter = Tensor([12], state.elements.map(Double.init))
    return op.evaluateAll([ones], parameters: [parameter])[0].elements
  }

  @Test func `the gradient is that of finite differences`() throws {
    for rate in [0, 0.3, 0.9] {
      try GradientChecker.check(
        .training(.dropout(DropoutTraining(rate: rate, stream: 2))), on: [Shape(2, 3, 5)],
        parameters: [[12]], fixed: [0], parameterTransform: { _, _ in 7 })
    }
  }

  @Test(arguments: [0, 0.1, 0.5, 0.8, 1])
  func `the share of zeros is the rate, and the mean is kept`(rate: Double) {
    let y = apply(DropoutTraining(rate: rate, stream: 0), RandomState(seed: 1, step: 0), batch: 20)
    let zeros = Double(y.count { $0 == 0 }) / Double(y.count)
    #expect(abs(zeros - rate) < 0.01)
    #expect(y.allSatisfy { $0 == 0 || abs($0 - 1 / (1 - rate)) < 1e-12 })
  }

  @Test func `a mask depends on seed, step, stream and place, and on nothing else`() {
    let op = DropoutTraining(rate: 0.5, stream: 3)
    let mask = apply(op, RandomState(seed: 5, step: 9))
    #expect(apply(op, RandomState(seed: 5, step: 9)) == mask)
    for other in [
      apply(op, RandomState(seed: 6, step: 9)), apply(op, RandomState(seed: 5, step: 10)),
      apply(DropoutTraining(rate: 0.5, stream: 4), RandomState(seed: 5, step: 9)),
      apply(op, RandomState(seed: 9, step: 5)), Array(mask.reversed()),
    ] {
      let equal = zip(mask, other).count { $0 == $1 }
      #expect(1800...2200 ~= equal, "independent masks agree in half of 4000 places, not in \(equal)")
    }
    // Images 2 and 3 of the batch, computed as a part of it.
    let part = apply(op, RandomState(seed: 5, step: 9, firstImage: 2), batch: 2)
    #expect(part == Array(mask[2000...]))
  }

  @Test func `a state of any numbers survives as floats`() {
    let states = [
      RandomState(seed: .max, step: 1 << 53 + 1, firstImage: 65536),
      RandomState(seed: 0x0123_4567_89AB_CDEF, step: 0),
    ]
    for state in states {
      #expect(state.elements.count == 12)
      #expect(RandomState(elements: state.elements) == state)
    }
  }
}
