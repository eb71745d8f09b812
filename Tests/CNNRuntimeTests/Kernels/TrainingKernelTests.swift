import CNNGraph
import Testing

/// The kernels of what else a training step computes.
struct TrainingKernelTests {
  @Test(arguments: GradientKernelTests.shapes)
  func `batch norm, in place too`(shape: Shape) throws {
    let op = Op.training(.batchNorm(BatchNormTraining(epsilon: 1e-3)))
    let channels = [[shape.channels], [shape.channels]]
    try KernelChecker.check(op, inputs: [shape], parameters: channels)
    try KernelChecker.check(op, inputs: [shape], parameters: channels, places: [0: .overInput(0)])
    try KernelChecker.check(op, inputs: [shape], parameters: channels, batch: 1)
  }

  @Test func `a mean far above the deviations keeps their digits`() throws {
    try KernelChecker.check(
      .training(.batchNorm(BatchNormTraining())), inputs: [Shape(3, 15, 17)], parameters: [[3], [3]],
      tolerance: 1e-3, inputTransform: { 1000 + $1 })
  }

  @Test(arguments: [1, 3, 16, 17])
  func `running statistics, over the old ones too`(channels: Int) throws {
    let op = Op.training(.runningStatistics(RunningStatistics(momentum: 0.1)))
    let parameters = [[Int]](repeating: [channels], count: 4)
    try KernelChecker.check(op, inputs: [], parameters: parameters)
    try KernelChecker.check(
      op, inputs: [], parameters: parameters, places: [0: .overParameter(0), 1: .overParameter(1)])
  }

  @Test(arguments: GradientKernelTests.shapes, [0, 0.3, 0.5, 1])
  func `dropout's mask is the reference's, bit for bit`(shape: Shape, rate: Double) throws {
    let op = Op.training(.dropout(DropoutTraining(rate: rate, stream: 3)))
    let states = [
      RandomState(seed: 1, step: 2), RandomState(seed: .max, step: 1 << 40 + 77, firstImage: 1 << 33),
    ]
    for state in states {
      for places: [Int: KernelChecker.Place] in [[:], [0: .overInput(0)]] {
        var next = state.elements.makeIterator()
        try KernelChecker.check(
          op, inputs: [shape], parameters: [[12]], places: places, tolerance: 1e-6,
          parameterTransform: { _, _ in next.next() ?? 0 })
      }
    }
  }

  @Test(arguments: [Shape(1, 1, 1), Shape(10, 1, 1), Shape(1000, 1, 1), Shape(3, 5, 7)], [0, 0.1])
  func `cross-entropy`(shape: Shape, smoothing: Double) throws {
    for images in [nil, 12] {
      try KernelChecker.check(
        .training(.crossEntropy(CrossEntropyLoss(labelSmoothing: smoothing, images: images))),
        inputs: [shape, Shape(1, shape.height, shape.width)],
        inputTransform: { input, value in
          input == 0 ? 5 * value : ((value + 1) / 2 * Float(shape.channels)).rounded(.down)
        })
    }
  }

  @Test(arguments: GradientKernelTests.shapes)
  func `mean squared error`(shape: Shape) throws {
    for images in [nil, 12] {
      let op = Op.training(.meanSquaredError(MeanSquaredErrorLoss(images: images)))
      try KernelChecker.check(op, inputs: [shape, shape])
    }
  }

  @Test(arguments: [Shape(1, 1, 1), Shape(10, 1, 1), Shape(3, 5, 7)])
  func `losses of distances`(shape: Shape) throws {
    for images in [nil, 12] {
      try KernelChecker.check(
        .training(.crossEntropy(CrossEntropyLoss(labelSmoothing: 0.1, isOfDistances: true, images: images))),
        inputs: [shape, Shape(1, shape.height, shape.width)],
        inputTransform: { input, value in
          input == 0 ? 5 * value : ((value + 1) / 2 * Float(shape.channels)).rounded(.down)
        })
      try KernelChecker.check(
        .training(.targetDistance(TargetDistanceLoss(images: images))), inputs: [shape, shape])
    }
  }

  @Test(arguments: [[1], [17, 3, 3, 3], [5, 7]])
  func `clipping`(dimensions: [Int]) throws {
    try KernelChecker.check(.training(.squaredNorm(SquaredNorm())), inputs: [], parameters: [dimensions])
    try KernelChecker.check(
      .training(.scaleGradient(ScaleGradient())), inputs: [], parameters: [dimensions, [1]])
    try KernelChecker.check(
      .training(.scaleGradient(ScaleGradient())), inputs: [], parameters: [dimensions, [1]],
      places: [0: .overParameter(0)])
  }

  @Test(arguments: [1, 2, 9], [0.01, 1, 100])
  func `the clipping factor`(count: Int, limit: Double) throws {
    try KernelChecker.check(
      .training(.clipFactor(ClipFactor(limit: limit))), inputs: [],
      parameters: [[Int]](repeating: [1], count: count), parameterTransform: { _, value in 4 * abs(value) })
  }

  @Test(arguments: [[1], [17, 3, 3, 3], [5, 7]])
  func `sums of gradients, over the old sum too`(dimensions: [Int]) throws {
    for places: [Int: KernelChecker.Place] in [[:], [0: .overParameter(0)]] {
      try KernelChecker.check(
        .training(.accumulate(AccumulateGradient())), inputs: [], parameters: [dimensions, dimensions],
        places: places)
    }
  }

  @Test(arguments: [[1], [17, 3, 3, 3], [5, 7]])
  func `SGD, over the old numbers too`(dimensions: [Int]) throws {
    for decay in [0, 0.1] {
      let plain = Op.training(.sgd(SGDUpdate(weightDecay: decay)))
      try KernelChecker.check(plain, inputs: [], parameters: [dimensions, dimensions, [1]])
      try KernelChecker.check(
        plain, inputs: [], parameters: [dimensions, dimensions, [1]], places: [0: .overParameter(0)])
      for isNesterov in [false, true] {
        let op = Op.training(
          .sgd(SGDUpdate(momentum: 0.9, isNesterov: isNesterov, weightDecay: decay, rateFactor: 0.5)))
        let parameters = [dimensions, dimensions, dimensions, [1]]
        try KernelChecker.check(op, inputs: [], parameters: parameters)
        try KernelChecker.check(
          op, inputs: [], parameters: parameters, places: [0: .overParameter(0), 1: .overParameter(2)])
      }
    }
  }

  @Test(arguments: [[1], [17, 3, 3, 3], [5, 7]], [1, 2, 1000])
  func `Adam, over the old numbers too`(dimensions: [Int], step: Int) throws {
    let variants = [
      AdamUpdate(), AdamUpdate(weightDecay: 0.2),
      AdamUpdate(
        beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.2, isDecoupled: true, rateFactor: 0.5),
    ]
    let parameters = [dimensions, dimensions, dimensions, dimensions, [2]]
    for adam in variants {
      let inPlace: [Int: KernelChecker.Place] = [
        0: .overParameter(0), 1: .overParameter(2), 2: .overParameter(3),
      ]
      for places in [[:], inPlace] {
        var hyper = [0.01, Float(step)].makeIterator()
        try KernelChecker.check(
          .training(.adam(adam)), inputs: [], parameters: parameters, places: places,
          parameterTransform: { parameter, value in
            switch parameter {
            case 3: value * value + 0.01
            case 4: hyper.next() ?? 0
            default: value
            }
          })
      }
    }
  }
}
