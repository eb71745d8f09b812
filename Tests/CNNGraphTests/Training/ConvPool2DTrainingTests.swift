import CNNGraph
import CNNSpec
import Testing

struct ConvPool2DTrainingTests {
  private static func conv(_ kernel: Int, pad: Int = 0, filters: Int = 3, bias: Bool = true) -> Conv2D {
    Conv2D(
      filters: filters, window: Window2D(kernel: Size2D(kernel), padding: Padding(pad)), hasBias: bias)
  }

  @Test(arguments: [
    (Shape(1, 28, 28), conv(5, pad: 2, filters: 6), Activation?.some(.relu), true),
    (Shape(6, 14, 14), conv(5, filters: 16), nil, true),
    (Shape(3, 32, 32), conv(3, pad: 1, filters: 16), .relu, true),
    // Its derivative cannot be told from its value.
    (Shape(1, 28, 28), conv(5, pad: 2, filters: 6), .scaledTanh, false),
    // Channel blocks do it better.
    (Shape(16, 8, 8), conv(3, pad: 1), .relu, false),
    (Shape(3, 8, 8), conv(3, pad: 1, filters: 17), .relu, false),
    // More than the kernels have room for: an image, a window.
    (Shape(3, 128, 128), conv(3, pad: 1), .relu, false),
    (Shape(15, 12, 12), conv(11), .relu, false),
  ])
  func `what a training step computes together`(
    input: Shape, conv: Conv2D, activation: Activation?, isFused: Bool
  ) {
    let op = ConvPool2DTraining(conv, activation, ConvPool2DTests.halving, input: input)
    #expect((op != nil) == isFused)
  }

  @Test(arguments: [Activation?.none, .relu], [conv(3), conv(2, pad: 1), conv(5, pad: 3, bias: false)])
  func `the gradients are those of finite differences`(activation: Activation?, conv: Conv2D) throws {
    for (size, pool) in [(8, ConvPool2DTests.halving), (7, ConvPool2DTests.odd)] {
      // An odd kernel or padding keeps the size even or odd.
      let shape = Shape(2, size + (conv.window.kernel.height == 2 ? 1 : 0), 8 + size % 2)
      let fits = conv.outputShape(for: [shape]).flatMap { pool.outputShape(for: [$0]) } != nil
      guard fits else { continue }
      let op = try #require(ConvPool2DTraining(conv, activation, pool, input: shape))
      try GradientChecker.check(
        .training(.convPool2d(op)), on: [shape], parameters: conv.parameters(for: [shape]).map(\.dimensions))
    }
  }

  @Test func `the first of equal maxima, row by row, and the last that is not a number`() throws {
    let identity = Tensor<Double>([1, 1, 1, 1], [1])
    let op = try #require(
      ConvPool2DTraining(
        Self.conv(1, filters: 1, bias: false), .relu, ConvPool2DTests.halving, input: Shape(1, 2, 10)))
    let x = Tensor<Double>(
      [1, 1, 2, 10], [7, 7, 1, 7, 1, 1, -3, -3, .nan, 9, 7, 7, 7, 1, 2, 1, -3, -2, 9, .nan])
    let results = op.evaluateAll([x], parameters: [identity])
    #expect(results[1].elements == [0, 1, 2, 3, 3])
    #expect(results[0].elements.prefix(4) == [7, 7, 2, 0] && results[0].elements[4].isNaN)
    let gradient = ConvPool2DInputGradient(both: op.both, inputShape: x.shape)
    let dy = Tensor<Double>([1, 1, 1, 5], [1, 2, 3, 4, 5])
    #expect(
      gradient.evaluateAll([dy, results[1]], parameters: [identity])[0].elements
        == [1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 4, 0, 5])
  }
}
