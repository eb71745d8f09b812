import CNNGraph
import CNNSpec
import Testing

/// Convolutions of 3x3 by Winograd's algorithm, against the naive reference in double.
struct WinogradKernelTests {
  static let tiles = [2, 4]

  /// A layer, and how many tiles its chunks have; nil for all at once.
  struct Layer: Sendable {
    var filters = 16
    var shape = Shape(16, 6, 6)
    var padding = Padding(1)
    var hasBias = true
    var epilogue = Epilogue.none
    var batch = 2
    var chunk: Int?
    /// Whether only maxima of squares of two by two are stored.
    var pools = false
    var tolerance = 1e-5
  }

  @Test(arguments: tiles, [1, 3, 15, 16, 17, 48])
  func `channels and filters round a block`(tile: Int, channels: Int) throws {
    for filters in [1, 16, 33] {
      try check(Layer(filters: filters, shape: Shape(channels, 5, 7), batch: 1), tile: tile)
    }
  }

  /// One tile, fewer outputs than a tile has, one row or column more than whole tiles have, groups of tiles of all sizes.
  @Test(arguments: tiles, [1, 2, 3, 4, 5, 8, 9, 13])
  func `heights and widths round a tile`(tile: Int, height: Int) throws {
    for width in [1, 4, 7, 29] {
      try check(Layer(filters: 3, shape: Shape(2, height, width), batch: 1), tile: tile)
    }
  }

  @Test(
    arguments: tiles,
    [
      Padding(0), Padding(2), Padding(3), Padding(-1), Padding(top: 4, bottom: 0, left: 0, right: 5),
      Padding(top: -2, bottom: 1, left: 7, right: -3), Padding(top: 9, bottom: 9, left: 0, right: 0),
    ])
  func `any padding, and cropping`(tile: Int, padding: Padding) throws {
    try check(Layer(shape: Shape(3, 7, 8), padding: padding), tile: tile)
    try check(Layer(shape: Shape(17, 6, 5), padding: padding, batch: 1), tile: tile)
  }

  @Test(arguments: tiles, [1, 2, 5, 6, 7, 13, 40])
  func `chunks of any number of tiles, over the borders of images`(tile: Int, chunk: Int) throws {
    try check(Layer(shape: Shape(16, 9, 10), batch: 3, chunk: chunk), tile: tile)
  }

  @Test(
    arguments: tiles,
    [
      Epilogue(activation: .relu), Epilogue(activation: .hardSwish),
      Epilogue(activation: .leakyReLU(slope: 0.2)),
      Epilogue(addsResidual: true), Epilogue(addsResidual: true, activation: .relu),
      Epilogue(addsResidual: true, activation: .sigmoid),
    ])
  func `a residual and a function, with and without bias, in place too`(tile: Int, epilogue: Epilogue) throws
  {
    for hasBias in [true, false] {
      let layer = Layer(filters: 20, shape: Shape(4, 5, 6), hasBias: hasBias, epilogue: epilogue)
      try check(layer, tile: tile)
      if epilogue.addsResidual { try check(layer, tile: tile, inPlace: true) }
    }
  }

  @Test(arguments: tiles, [2, 3, 4, 5, 6, 7, 9, 14])
  func `maxima of squares, a last row and column left out`(tile: Int, height: Int) throws {
    for width in [2, 5, 11, 28] {
      try check(Layer(filters: 17, shape: Shape(3, height, width), chunk: 5, pools: true), tile: tile)
    }
  }

  @Test(arguments: tiles, [Activation.relu, .relu6, .sigmoid, .tanh, .scaledTanh])
  func `maxima of functions, with and without bias`(tile: Int, function: Activation) throws {
    for hasBias in [true, false] {
      try check(
        Layer(
          filters: 20, shape: Shape(4, 7, 6), hasBias: hasBias, epilogue: Epilogue(activation: function),
          pools: true), tile: tile)
    }
    try check(Layer(filters: 130, shape: Shape(64, 14, 14), batch: 1, pools: true), tile: tile)
  }

  @Test(arguments: tiles) func `the maximum of not-a-number is that`(tile: Int) throws {
    let layer = Layer(filters: 2, shape: Shape(2, 8, 8), batch: 1, pools: true)
    var x = KernelChecker.numbers(0, layer.shape.count)
    x[0] = .nan
    let y = try run(layer, tile: tile, x: x, residual: [], inPlace: false)
    for (i, value) in y.enumerated() {
      #expect(value.isNaN == (i % 16 / 4 < tile / 2 && i % 4 < tile / 2), "maximum \(i)")
    }
  }

  /// More channels than a part of the weights has; the error of a sum of 4608 products.
  @Test(arguments: tiles) func `errors of many channels are small`(tile: Int) throws {
    try check(Layer(filters: 3, shape: Shape(512, 6, 6), batch: 1, tolerance: 5e-6), tile: tile)
    try check(Layer(filters: 2, shape: Shape(300, 3, 4), batch: 1, tolerance: 5e-6), tile: tile)
  }

  /// A call large enough to be divided by tiles and by filters.
  @Test(arguments: tiles) func `many units`(tile: Int) throws {
    try check(Layer(filters: 130, shape: Shape(64, 14, 14), batch: 1), tile: tile)
  }

  @Test(arguments: tiles) func `not-a-number reaches the outputs whose tile it is in, no others`(tile: Int)
    throws
  {
    let layer = Layer(filters: 2, shape: Shape(2, 8, 8), batch: 1)
    var x = KernelChecker.numbers(0, layer.shape.count)
    x[0] = .nan
    let y = try run(layer, tile: tile, x: x, residual: [], inPlace: false)
    for (i, value) in y.enumerated() {
      let (row, column) = (i % 64 / 8, i % 8)
      // A patch begins one row and one column before its tile.
      #expect(value.isNaN == (row < tile && column < tile), "output \(row), \(column)")
    }
  }

  // MARK: -

  private func operation(_ layer: Layer) -> Conv2D {
    Conv2D(
      filters: layer.filters, window: Window2D(kernel: Size2D(3), padding: layer.padding),
      hasBias: layer.hasBias,
      epilogue: layer.epilogue)
  }

  private func halving(_ shape: Shape) -> Pool2D {
    let rest = Padding(top: 0, bottom: -(shape.height % 2), left: 0, right: -(shape.width % 2))
    return Pool2D(mode: .max, window: Window2D(kernel: Size2D(2), stride: Size2D(2), padding: rest))
  }

  private func inputShapes(_ layer: Layer) throws -> [Shape] {
    var plain = operation(layer)
    plain.epilogue = .none
    let output = try #require(plain.outputShape(for: [layer.shape]))
    return layer.epilogue.addsResidual ? [layer.shape, output] : [layer.shape]
  }

  private func parameters(_ layer: Layer) -> [Tensor<Float>] {
    let weight = [layer.filters, layer.shape.channels, 3, 3]
    return [
      Tensor(weight, KernelChecker.numbers(100, weight.reduce(1, *))),
      Tensor([layer.filters], KernelChecker.numbers(101, layer.filters)),
    ]
  }

  /// Expects the kernels to give the naive reference, relative to the largest output.
  private func check(
    _ layer: Layer, tile: Int, inPlace: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let inputs = try inputShapes(layer).enumerated().map { index, shape in
      Tensor(
        [layer.batch, shape.channels, shape.height, shape.width],
        KernelChecker.numbers(UInt64(index), layer.batch * shape.count))
    }
    let convolved = operation(layer).evaluate(
      inputs.map { Tensor<Double>($0.dimensions, $0.elements.map(Double.init)) },
      parameters: parameters(layer).map { Tensor<Double>($0.dimensions, $0.elements.map(Double.init)) })
    let expected =
      layer.pools
      ? halving(convolved.shape).evaluate([convolved], parameters: []).elements : convolved.elements
    let found = try run(
      layer, tile: tile, x: inputs[0].elements, residual: inputs.dropFirst().flatMap(\.elements),
      inPlace: inPlace,
      sourceLocation: sourceLocation)
    let scale = max(expected.map(abs).max() ?? 0, 1e-30)
    let worst = zip(found, expected).reduce(0.0) { worst, pair in
      let error = abs(Double(pair.0) - pair.1) / scale
      return error.isNaN ? .infinity : max(worst, error)
    }
    #expect(worst <= layer.tolerance, "tile \(tile) of \(layer)", sourceLocation: sourceLocation)
  }

  /// The planar output, of planar images; expects that nothing but the output and scratch memory is written.
  private func run(
    _ layer: Layer, tile: Int, x: [Float], residual: [Float], inPlace: Bool,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [Float] {
    let output = try #require(operation(layer).outputShape(for: inputShapes(layer)))
    let (weight, bias) = (parameters(layer)[0], parameters(layer)[1])
    let (down, across) = ((output.height + tile - 1) / tile, (output.width + tile - 1) / tile)
    let tiles = layer.batch * down * across
    let chunk = min(tiles, layer.chunk ?? tiles)
    let elements = (tile + 2) * (tile + 2)
    let channels = Blocks.count(Shape(layer.shape.channels, 1, 1))
    let sizes = [elements * channels * Blocks.count(Shape(layer.filters, 1, 1)), elements * channels * chunk]

    var memory = KernelChecker.Memory()
    let input = memory.place(Blocks.blocked(x, layer.shape), images: layer.batch)
    let weightOperand = memory.place(weight.elements, images: 1)
    let biasOperand = layer.hasBias ? memory.place(bias.elements, images: 1) : nil
    let r = residual.isEmpty ? nil : memory.place(Blocks.blocked(residual, output), images: layer.batch)
    let stored = layer.pools ? Shape(output.channels, output.height / 2, output.width / 2) : output
    let blank = [Float](repeating: .nan, count: layer.batch * Blocks.count(stored))
    let y = (inPlace ? r : nil) ?? memory.place(blank, images: layer.batch)
    let scratch = sizes.map { memory.place([Float](repeating: .nan, count: $0), images: 1) }
    let before = memory.elements

    let code = layer.epilogue.activation?.code ?? (function: 0, alpha: 0)
    let pack = KernelCall(
      .packWinograd, [scratch[0], weightOperand],
      [
        "filters": .integer(layer.filters), "channels": .integer(layer.shape.channels),
        "tile": .integer(tile),
      ])
    let calls = stride(from: 0, to: tiles, by: chunk).flatMap { first in
      let chunkArguments: KernelArguments = [
        "tile": .integer(tile), "tiles_down": .integer(down), "tiles_across": .integer(across),
        "first_tile": .integer(first), "tile_count": .integer(min(chunk, tiles - first)),
      ]
      return [
        KernelCall(
          .winogradInput, [scratch[1], input],
          [
            "batch": .integer(layer.batch), "x_stride": .integer(input.imageStride),
            "height": .integer(layer.shape.height), "width": .integer(layer.shape.width),
            "channels": .integer(layer.shape.channels),
            "pad_top": .integer(layer.padding.top), "pad_left": .integer(layer.padding.left),
          ], chunkArguments),
        KernelCall(
          .winogradOutput, [y, scratch[1], scratch[0], biasOperand, r],
          [
            "batch": .integer(layer.batch), "y_stride": .integer(y.imageStride),
            "r_stride": .integer(r?.imageStride ?? 0), "out_height": .integer(output.height),
            "out_width": .integer(output.width), "channels": .integer(layer.shape.channels),
            "filters": .integer(layer.filters),
          ], chunkArguments,
          [
            "pools": .integer(layer.pools ? 1 : 0), "function": .integer(code.function),
            "alpha": .real(code.alpha),
          ]),
      ]
    }
    memory.run([pack] + calls)

    let images = (0..<layer.batch).map { memory.index(of: y, image: $0) }.map {
      $0..<$0 + Blocks.count(stored)
    }
    let workspace = zip(scratch, sizes).map {
      memory.index(of: $0, image: 0)..<memory.index(of: $0, image: 0) + $1
    }
    KernelChecker.expectKept(before, memory.elements, but: images + workspace, sourceLocation)
    return images.flatMap { Blocks.planar(memory.elements[$0], stored) }
  }
}
