import CNNGraph
import Testing

struct BatchNormTrainingTests {
  @Test(arguments: [(1, Shape(2, 3, 1)), (2, Shape(1, 1, 1)), (3, Shape(3, 2, 5)), (5, Shape(2, 1, 1))])
  func `the gradients are those of finite differences`(batch: Int, shape: Shape) throws {
    let channels = [shape.channels]
    for epsilon in [1e-5, 0.1] {
      try GradientChecker.check(
        .training(.batchNorm(BatchNormTraining(epsilon: epsilon))), on: [shape],
        parameters: [channels, channels], batch: batch, tolerance: 1e-5)
    }
  }

  @Test func `mean, inverse deviation, unbiased variance and output, by hand`() {
    // Channel 0: 1, 3, 5, 7 with mean 4 and variance 5; channel 1 is constant.
    let x = Tensor<Double>([2, 2, 1, 2], [1, 3, 9, 9, 5, 7, 9, 9])
    let results = BatchNormTraining(epsilon: 4).evaluateAll(
      [x], parameters: [Tensor([2], [3, 1]), Tensor([2], [10, -1])])
    #expect(isClose(results[0].elements, [7, 9, -1, -1, 11, 13, -1, -1], tolerance: 1e-12))
    #expect(results[1].elements == [4, 9])
    #expect(isClose(results[2].elements, [1.0 / 3, 1.0 / 2], tolerance: 1e-12))
    #expect(isClose(results[3].elements, [20.0 / 3, 0], tolerance: 1e-12))
  }

  @Test func `running statistics take their share of the batch's`() {
    let old = [Tensor<Double>([2], [1, 2]), Tensor([2], [4, 8])]
    let batch = [Tensor<Double>([2], [11, 2]), Tensor([2], [0, 16])]
    let new = RunningStatistics(momentum: 0.25).evaluateAll([], parameters: old + batch)
    #expect(new.map(\.elements) == [[3.5, 2], [3, 10]])
  }

  @Test func `what does not go together`() {
    let x = TensorType.activation(Shape(3, 2, 2))
    let (three, two) = (TensorType.parameter([3]), TensorType.parameter([2]))
    let op = BatchNormTraining()
    #expect(op.outputTypes(inputs: [x], parameters: [three, three]) == [x, three, three, three])
    #expect(op.outputTypes(inputs: [x], parameters: [three, two]) == nil)
    #expect(op.outputTypes(inputs: [three], parameters: [three, three]) == nil)
    #expect(RunningStatistics().outputTypes(inputs: [], parameters: [two, two, two, two]) == [two, two])
    #expect(RunningStatistics().outputTypes(inputs: [], parameters: [two, two, two, three]) == nil)
  }
}
