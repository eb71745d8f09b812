import CNNGraph
import Testing

/// Two steps of each optimizer on one weight, worked out by hand from PyTorch's documentation.
struct OptimizerTests {
  private func one(_ value: Double) -> Tensor<Double> { Tensor([1], [value]) }

  @Test func `plain SGD with weight decay`() {
    let sgd = SGDUpdate(weightDecay: 0.1)
    let first = sgd.evaluateAll([], parameters: [one(1), one(0.5), one(0.1)])
    #expect(first.count == 1)
    #expect(isClose(first[0].elements, [0.94], tolerance: 1e-12))
  }

  @Test(arguments: [(false, 0.94, 0.8266, 1.134), (true, 0.886, 0.725566, 1.1286)])
  func `momentum and Nesterov's`(isNesterov: Bool, first: Double, second: Double, velocity: Double) {
    let sgd = SGDUpdate(momentum: 0.9, isNesterov: isNesterov, weightDecay: 0.1)
    var state = sgd.evaluateAll([], parameters: [one(1), one(0.5), one(0), one(0.1)])
    #expect(isClose(state[0].elements, [first], tolerance: 1e-12))
    state = sgd.evaluateAll([], parameters: [state[0], one(0.5), state[1], one(0.1)])
    #expect(isClose(state[0].elements, [second], tolerance: 1e-12))
    #expect(isClose(state[1].elements, [velocity], tolerance: 1e-12))
  }

  @Test(arguments: [
    (AdamUpdate(), [0.90000000199999997, 0.87336629870784621]),
    (AdamUpdate(weightDecay: 0.2), [0.90000000142857139, 0.84073515116221331]),
    (AdamUpdate(weightDecay: 0.2, isDecoupled: true), [0.88000000199999995, 0.83576629866784613]),
  ])
  func `Adam and AdamW`(adam: AdamUpdate, expected: [Double]) {
    var state = [one(1), one(0), one(0)]
    for (index, gradient) in [0.5, -0.25].enumerated() {
      let hyper = Tensor([2], [0.1, Double(index + 1)])
      state = adam.evaluateAll([], parameters: [state[0], one(gradient), state[1], state[2], hyper])
      #expect(isClose(state[0].elements, [expected[index]], tolerance: 1e-12))
    }
  }

  @Test func `a layer's factor on the rate is a smaller rate`() {
    let (weight, gradient) = (one(1), one(0.5))
    let sgd = SGDUpdate(momentum: 0.9, weightDecay: 0.1)
    let slow = SGDUpdate(momentum: 0.9, weightDecay: 0.1, rateFactor: 0.25)
    #expect(
      isClose(
        slow.evaluateAll([], parameters: [weight, gradient, one(0.2), one(0.4)])[0].elements,
        sgd.evaluateAll([], parameters: [weight, gradient, one(0.2), one(0.1)])[0].elements,
        tolerance: 1e-14))
    for isDecoupled in [false, true] {
      let adam = AdamUpdate(weightDecay: 0.2, isDecoupled: isDecoupled)
      let slow = AdamUpdate(weightDecay: 0.2, isDecoupled: isDecoupled, rateFactor: 0.25)
      let state = [weight, gradient, one(0.1), one(0.3)]
      #expect(
        isClose(
          slow.evaluateAll([], parameters: state + [Tensor([2], [0.4, 3])])[0].elements,
          adam.evaluateAll([], parameters: state + [Tensor([2], [0.1, 3])])[0].elements, tolerance: 1e-14))
    }
  }

  @Test func `what does not go together`() {
    let (weight, other) = (TensorType.parameter([3, 2]), TensorType.parameter([2, 3]))
    let (rate, hyper) = (TensorType.parameter([1]), TensorType.parameter([2]))
    let (plain, momentum) = (SGDUpdate(), SGDUpdate(momentum: 0.5))
    #expect(plain.outputTypes(inputs: [], parameters: [weight, weight, rate]) == [weight])
    #expect(plain.outputTypes(inputs: [], parameters: [weight, other, rate]) == nil)
    #expect(plain.outputTypes(inputs: [], parameters: [weight, weight, hyper]) == nil)
    #expect(
      momentum.outputTypes(inputs: [], parameters: [weight, weight, weight, rate]) == [weight, weight])
    #expect(momentum.outputTypes(inputs: [], parameters: [weight, weight, rate]) == nil)
    let adam = AdamUpdate()
    let moments = [TensorType](repeating: weight, count: 4)
    #expect(adam.outputTypes(inputs: [], parameters: moments + [hyper]) == [weight, weight, weight])
    #expect(adam.outputTypes(inputs: [], parameters: moments + [rate]) == nil)
  }
}
