import CNNGraph
import Testing

/// Channel-blocked images: channel c of a pixel is lane c % 16 of block c / 16.
enum Blocks {
  static let lanes = 16

  /// Elements of an image with the lanes that hold no channel.
  static func count(_ shape: Shape) -> Int { (shape.channels + lanes - 1) / lanes * lanes * shape.area }

  /// Where an element of an image lies.
  static func index(_ shape: Shape, channel: Int, pixel: Int) -> Int {
    (channel / lanes * shape.area + pixel) * lanes + channel % lanes
  }

  /// Planar images as blocks, with not-a-number in the lanes that hold no channel.
  static func blocked(_ planar: [Float], _ shape: Shape, filler: Float = .nan) -> [Float] {
    let images = planar.count / shape.count
    var result = [Float](repeating: filler, count: images * count(shape))
    for n in 0..<images {
      for i in 0..<shape.count {
        let place = index(shape, channel: i / shape.area, pixel: i % shape.area)
        result[n * count(shape) + place] = planar[n * shape.count + i]
      }
    }
    return result
  }

  /// An image's blocks as planes.
  static func planar(_ blocks: ArraySlice<Float>, _ shape: Shape) -> [Float] {
    (0..<shape.count).map { i in
      blocks[blocks.startIndex + index(shape, channel: i / shape.area, pixel: i % shape.area)]
    }
  }
}

extension KernelChecker {
  /// What the blocked form of a layer's kernel gives: the layer's calls with another kernel and blocks as
  /// operands. Expects that nothing but the output is written.
  /// - Parameters:
  ///   - inPlace: the input whose memory the output takes over, if any.
  ///   - parameters: of the layer, plain.
  /// - Returns: the planar output.
  static func runBlocked<Layer: LayerOperator>(
    _ layer: Layer, by kernel: Kernel, _ inputs: [Tensor<Float>], parameters: [Tensor<Float>] = [],
    inPlace: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [Float] {
    let shapes = inputs.map(\.shape)
    let outputShape = try #require(layer.outputShape(for: shapes), sourceLocation: sourceLocation)
    let batch = inputs[0].batch
    var memory = Memory()
    let operands = inputs.map { memory.place(Blocks.blocked($0.elements, $0.shape), images: batch) }
    let parameterOperands = parameters.map { memory.place($0.elements, images: 1) }
    let size = Blocks.count(outputShape)
    let output =
      inPlace.map { operands[$0] }
      ?? memory.place([Float](repeating: .nan, count: batch * size), images: batch)
    let calls = layer.lower(
      CallSite(
        batch: batch, inputTypes: shapes.map(TensorType.activation),
        parameterTypes: parameters.map { .parameter($0.dimensions) },
        outputTypes: [.activation(outputShape)], inputs: operands, parameters: parameterOperands,
        outputs: [output]))
    let before = memory.elements
    memory.run(
      calls.map {
        var call = $0
        call.kernel = kernel
        return call
      })
    let written = (0..<batch).map { memory.index(of: output, image: $0) }.map { $0..<$0 + size }
    expectKept(before, memory.elements, but: written, sourceLocation)
    return written.flatMap { Blocks.planar(memory.elements[$0], outputShape) }
  }

  /// Expects all elements outside some ranges to be what they were.
  static func expectKept(
    _ before: [Float], _ after: [Float], but written: [Range<Int>],
    _ sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let spoilt = before.indices.first { index in
      before[index].bitPattern != after[index].bitPattern && !written.contains { $0.contains(index) }
    }
    #expect(spoilt == nil, "something outside the output is written", sourceLocation: sourceLocation)
  }

  /// Expects the blocked form of a layer's kernel to give the layer's naive reference, within a tolerance
  /// relative to the largest element.
  static func checkBlocked<Layer: LayerOperator>(
    _ layer: Layer, by kernel: Kernel, on shapes: [Shape], batch: Int = 2, inPlace: Int? = nil,
    tolerance: Double = 1e-5, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let inputs = shapes.enumerated().map { index, shape in
      Tensor(
        [batch, shape.channels, shape.height, shape.width], numbers(UInt64(index), batch * shape.count))
    }
    let parameters = layer.parameters(for: shapes).enumerated().map { index, spec in
      Tensor(spec.dimensions, numbers(100 + UInt64(index), spec.dimensions.reduce(1, *)))
    }
    let expected = layer.evaluate(inputs.map(inDouble), parameters: parameters.map(inDouble))
    let found = try runBlocked(
      layer, by: kernel, inputs, parameters: parameters, inPlace: inPlace, sourceLocation: sourceLocation)
    #expect(
      worstError(found, expected.elements) <= tolerance, "\(layer) on \(shapes) by \(kernel)",
      sourceLocation: sourceLocation)
  }
}
