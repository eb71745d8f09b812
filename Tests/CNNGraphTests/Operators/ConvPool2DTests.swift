import CNNGraph
import CNNSpec
import Testing

struct ConvPool2DTests {
  static let halving = Pool2D(mode: .max, window: Window2D(kernel: Size2D(2), stride: Size2D(2)))
  /// Leaves a last row and column out.
  static let odd = Pool2D(
    mode: .max,
    window: Window2D(
      kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 0, bottom: -1, left: 0, right: -1)))

  private static func conv(
    _ window: Window2D, filters: Int = 6, groups: Int = 1, connections: [[Int]]? = nil,
    epilogue: Epilogue = .none
  ) -> Conv2D {
    Conv2D(filters: filters, window: window, groups: groups, connections: connections, epilogue: epilogue)
  }

  @Test(arguments: [
    (Shape(1, 28, 28), conv(Conv2DTests.square(5, pad: 2)), halving, Shape(6, 14, 14)),
    (Shape(6, 14, 14), conv(Conv2DTests.square(5), filters: 16), halving, Shape(16, 5, 5)),
    (Shape(6, 9, 11), conv(Conv2DTests.square(3)), odd, Shape(6, 3, 4)),
    (Shape(6, 9, 11), conv(Conv2DTests.square(3)), halving, nil),
    (Shape(6, 9, 9), conv(Conv2DTests.square(3, stride: 2)), halving, nil),
    (Shape(6, 10, 10), conv(Conv2DTests.square(3, dilation: 2)), halving, nil),
    (Shape(6, 8, 8), conv(Conv2DTests.square(3, pad: 1), groups: 2), halving, nil),
    (Shape(1, 8, 8), conv(Conv2DTests.square(3, pad: 1), filters: 1, connections: [[0]]), halving, nil),
    (
      Shape(1, 8, 8), conv(Conv2DTests.square(3, pad: 1), epilogue: Epilogue(activation: .tanh)), halving,
      Shape(6, 4, 4)
    ),
    (
      Shape(1, 8, 8), conv(Conv2DTests.square(3, pad: 1), epilogue: Epilogue(activation: .silu)), halving,
      nil
    ),
    (
      Shape(1, 8, 8), conv(Conv2DTests.square(3, pad: 1), epilogue: Epilogue(addsResidual: true)), halving,
      nil
    ),
    (
      Shape(1, 8, 8), conv(Conv2DTests.square(3, pad: 1)),
      Pool2D(mode: .sum, window: Window2D(kernel: Size2D(2), stride: Size2D(2))), nil
    ),
    (
      Shape(1, 8, 8), conv(Conv2DTests.square(3, pad: 1)),
      Pool2D(
        mode: .max,
        window: Window2D(
          kernel: Size2D(3), stride: Size2D(2), padding: Padding(top: 0, bottom: 1, left: 0, right: 1))),
      nil
    ),
    // More than the kernel's copy of a row has room for.
    (Shape(64, 64, 64), conv(Conv2DTests.square(3, pad: 1)), halving, nil),
    (Shape(Int(1) << 40, 8, 8), conv(Conv2DTests.square(3, pad: 1)), halving, nil),
  ])
  func `what the two make together`(input: Shape, conv: Conv2D, pool: Pool2D, output: Shape?) {
    #expect(
      ConvPool2D(conv, pool, input: input, packing: .planarPanels)?.outputShape(for: [input]) == output)
  }

  @Test(arguments: [
    (Shape(64, 64, 64), conv(Conv2DTests.square(3, pad: 1)), halving, Shape(6, 32, 32)),
    (Shape(20, 9, 11), conv(Conv2DTests.square(3)), odd, Shape(6, 3, 4)),
    (Shape(20, 9, 10), conv(Conv2DTests.square(5)), odd, nil),
    (
      Shape(20, 8, 8), conv(Conv2DTests.square(3, pad: 1), epilogue: Epilogue(addsResidual: true)), halving,
      nil
    ),
    (
      Shape(20, 8, 8), conv(Conv2DTests.square(3, pad: 1), epilogue: Epilogue(activation: .silu)), halving,
      nil
    ),
    // Leaves whole squares out.
    (
      Shape(20, 8, 8), conv(Conv2DTests.square(3, pad: 1)),
      Pool2D(
        mode: .max,
        window: Window2D(
          kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 0, bottom: -2, left: 0, right: 0))),
      nil
    ),
  ])
  func `what the two make together by Winograd's algorithm`(
    input: Shape, conv: Conv2D, pool: Pool2D, output: Shape?
  ) {
    for tile in [2, 4] {
      let both = ConvPool2D(conv, pool, input: input, packing: .winograd(tile: tile))
      #expect(both?.outputShape(for: [input]) == output)
    }
    #expect(ConvPool2D(conv, pool, input: input, packing: .panels(groups: 1)) == nil)
  }

  @Test func `blocks by Winograd's algorithm, with its scratch memory`() throws {
    let (input, packing) = (Shape(64, 64, 64), WeightPacking.winograd(tile: 4))
    let conv = Self.conv(Conv2DTests.square(3, pad: 1))
    let both = try #require(ConvPool2D(conv, Self.halving, input: input, packing: packing))
    #expect(
      both.outputLayout(inputs: [.channelBlocks], parameters: [.packed(packing), .rowMajor])
        == .channelBlocks)
    #expect(both.outputLayout(inputs: [.rowMajor], parameters: [.packed(packing), .rowMajor]) == nil)
    let inputs = [TensorType.activation(input).laid(out: .channelBlocks)]
    let parameters = [TensorType.parameter([6, 64, 3, 3]).laid(out: .packed(packing))]
    func outputs(_ size: Int) -> [TensorType] {
      [.activation(Shape(6, size, size)).laid(out: .channelBlocks)]
    }
    #expect(
      both.scratchBytes(inputs: inputs, parameters: parameters, outputs: outputs(32), batch: 2)
        == conv.scratchBytes(inputs: inputs, parameters: parameters, outputs: outputs(64), batch: 2))
  }

  @Test func `costs are the sum, parameters and layouts the packed convolution's`() throws {
    let input = Shape(1, 28, 28)
    let conv = Self.conv(Conv2DTests.square(5, pad: 2), epilogue: Epilogue(activation: .relu))
    let both = try #require(ConvPool2D(conv, Self.halving, input: input, packing: .planarPanels))
    let cost = both.cost(for: [input], output: Shape(6, 14, 14))
    #expect(cost.multiplications.value == 25 * 6 * 784)
    #expect(cost.otherOperations.value == 6 * 784 + 4 * 6 * 196)
    #expect(both.parameters(for: [input]).map(\.dimensions) == [[6, 1, 5, 5], [6]])
    #expect(
      both.outputLayout(inputs: [.rowMajor], parameters: [.packed(.planarPanels), .rowMajor]) == .rowMajor)
    #expect(
      both.outputLayout(inputs: [.channelBlocks], parameters: [.packed(.planarPanels), .rowMajor]) == nil)
    #expect(both.outputLayout(inputs: [.rowMajor], parameters: [.rowMajor, .rowMajor]) == nil)
  }

  @Test func `one after the other`() throws {
    let x = integers([1, 2, 6, 6], step: 7, modulus: 11)
    let parameters = [integers([3, 2, 3, 3], step: 5, modulus: 7), integers([3], step: 2, modulus: 5)]
    let conv = Self.conv(Conv2DTests.square(3), filters: 3, epilogue: Epilogue(activation: .relu))
    let both = try #require(ConvPool2D(conv, Self.halving, input: x.shape, packing: .planarPanels))
    let between = conv.evaluate([x], parameters: parameters)
    #expect(
      both.evaluate([x], parameters: parameters) == Self.halving.evaluate([between], parameters: []))
  }
}
