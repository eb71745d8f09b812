import CNNGraph
import Foundation
import Testing

struct LossTests {
  private func numbers(_ dimensions: [Int], _ stream: UInt64) -> Tensor<Double> {
    Tensor(dimensions, GradientChecker.numbers(stream, dimensions.reduce(1, *)).map { $0 * 3 })
  }

  @Test(arguments: [0, 0.1, 0.9])
  func `cross-entropy's gradient is that of finite differences`(smoothing: Double) {
    let loss = CrossEntropyLoss(labelSmoothing: smoothing)
    GradientChecker.checkLoss(loss, numbers([3, 4, 1, 1], 1), targets: Tensor([3, 1, 1, 1], [0, 3, 1]))
    GradientChecker.checkLoss(
      loss, numbers([2, 3, 1, 2], 2), targets: Tensor([2, 1, 1, 2], [2, 2, 0, 1]))
  }

  @Test func `cross-entropy by hand`() {
    // p = 1/4, 3/4.
    let x = Tensor<Double>([1, 2, 1, 1], [0, log(3)])
    let target = Tensor<Double>([1, 1, 1, 1], [0])
    let plain = CrossEntropyLoss().evaluateAll([x, target], parameters: [])
    #expect(isClose(plain[0].elements, [log(4)], tolerance: 1e-12))
    #expect(isClose(plain[1].elements, [-0.75, 0.75], tolerance: 1e-12))
    // q = 0.9, 0.1.
    let smooth = CrossEntropyLoss(labelSmoothing: 0.2).evaluateAll([x, target], parameters: [])
    #expect(isClose(smooth[0].elements, [0.9 * log(4) + 0.1 * log(4.0 / 3)], tolerance: 1e-12))
    #expect(isClose(smooth[1].elements, [-0.65, 0.65], tolerance: 1e-12))
    // As one of four images.
    let part = CrossEntropyLoss(images: 4).evaluateAll([x, target], parameters: [])
    #expect(isClose(part[1].elements, [-0.1875, 0.1875], tolerance: 1e-12))
  }

  @Test(arguments: [0, 0.1])
  func `cross-entropy of distances is that of their negatives`(smoothing: Double) {
    let (x, targets) = (numbers([3, 4, 1, 2], 1), Tensor<Double>([3, 1, 1, 2], [0, 3, 1, 2, 2, 0]))
    let distances = CrossEntropyLoss(labelSmoothing: smoothing, isOfDistances: true)
    let found = distances.evaluateAll([x, targets], parameters: [])
    let expected = CrossEntropyLoss(labelSmoothing: smoothing).evaluateAll(
      [x.mapElements { -$0 }, targets], parameters: [])
    #expect(isClose(found[0].elements, expected[0].elements, tolerance: 1e-14))
    #expect(isClose(found[1].elements, expected[1].elements.map { -$0 }, tolerance: 1e-14))
    GradientChecker.checkLoss(distances, x, targets: targets)
  }

  @Test func `the distance to the target class`() {
    let x = Tensor<Double>([2, 3, 1, 1], [4, 2, 7, 1, 5, 3])
    let target = Tensor<Double>([2, 3, 1, 1], [0, 1, 0, 0, 0, 1])
    let results = TargetDistanceLoss().evaluateAll([x, target], parameters: [])
    #expect(results[0].elements == [2, 3])
    #expect(results[1].elements == [0, 0.5, 0, 0, 0, 0.5])
    GradientChecker.checkLoss(TargetDistanceLoss(), x, targets: target)
    let part = TargetDistanceLoss(images: 8).evaluateAll([x, target], parameters: [])
    #expect(part[1].elements == [0, 0.125, 0, 0, 0, 0.125])
  }

  @Test func `large logits do not overflow`() {
    let x = Tensor<Double>([1, 2, 1, 1], [10000, 0])
    let results = CrossEntropyLoss().evaluateAll([x, Tensor([1, 1, 1, 1], [1])], parameters: [])
    #expect(results[0].elements == [10000])
    #expect(results[1].elements == [1, -1])
  }

  @Test func `mean squared error's gradient is that of finite differences`() {
    GradientChecker.checkLoss(
      MeanSquaredErrorLoss(), numbers([3, 2, 1, 3], 1), targets: numbers([3, 2, 1, 3], 2))
  }

  @Test func `mean squared error by hand`() {
    let x = Tensor<Double>([2, 2, 1, 1], [1, 2, 0, 0])
    let target = Tensor<Double>([2, 2, 1, 1], [0, 4, 0, 2])
    let results = MeanSquaredErrorLoss().evaluateAll([x, target], parameters: [])
    #expect(results[0].elements == [2.5, 2])
    #expect(results[1].elements == [0.5, -1, 0, -1])
  }

  @Test func `targets of another shape`() {
    let x = TensorType.activation(Shape(10, 1, 1))
    let one = TensorType.activation(Shape(1, 1, 1))
    #expect(CrossEntropyLoss().outputTypes(inputs: [x, one], parameters: []) == [one, x])
    #expect(CrossEntropyLoss().outputTypes(inputs: [x, x], parameters: []) == nil)
    #expect(MeanSquaredErrorLoss().outputTypes(inputs: [x, x], parameters: []) == [one, x])
    #expect(MeanSquaredErrorLoss().outputTypes(inputs: [x, one], parameters: []) == nil)
  }
}
