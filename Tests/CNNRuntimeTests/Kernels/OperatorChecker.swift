import CNNGraph
import CNNRuntime
import Testing

extension KernelChecker {
  /// Where an output lies that has no memory of its own.
  enum Place: Hashable {
    case overInput(Int)
    case overParameter(Int)
  }

  /// Expects the calls of any operator to give its naive reference within a relative tolerance, for random
  /// operands of given types; what is not batched (parameters, gradients of parameters) exists once. In channel
  /// blocks, not-a-number stands where no channel is; packed parameters are packed by ``ChangeLayout``.
  /// - Parameters:
  ///   - inPlace: the input whose memory the first output takes over, if any.
  ///   - places: where other outputs lie, if not in memory of their own.
  ///   - repeated: inputs that are the same value as an earlier one, and which.
  ///   - inputTransform: applied to the random inputs, e.g. to make ties.
  ///   - parameterTransform: applied to the random parameters, e.g. to make variances positive.
  static func check<Operation: Operator>(
    operator operation: Operation, inputs inputTypes: [TensorType],
    parameters parameterTypes: [TensorType] = [],
    batch: Int = 2, inPlace: Int? = nil, places: [Int: Place] = [:], repeated: [Int: Int] = [:],
    tolerance: Double = 1e-5,
    inputTransform: (_ input: Int, Float) -> Float = { $1 },
    parameterTransform: (_ parameter: Int, Float) -> Float = { $1 },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let comment = Comment(rawValue: "\(operation) on \(inputTypes.map(\.dimensions))")
    let outputTypes = try #require(
      operation.outputTypes(inputs: inputTypes, parameters: parameterTypes), comment,
      sourceLocation: sourceLocation)
    let inputs = inputTypes.enumerated().map { index, type in
      tensor(type, batch, stream: repeated[index] ?? index) { inputTransform(index, $0) }
    }
    let parameters = parameterTypes.enumerated().map { index, type in
      tensor(type, batch, stream: 100 + index) { parameterTransform(index, $0) }
    }
    let expected = operation.evaluateAll(inputs.map(inDouble), parameters: parameters.map(inDouble))
    #expect(
      expected.map(\.dimensions) == outputTypes.map { dimensions($0, batch) }, comment,
      sourceLocation: sourceLocation)

    var memory = Memory()
    func images(_ type: TensorType) -> Int { type.isBatched ? batch : 1 }
    var inputOperands = zip(inputs, inputTypes).map { tensor, type in
      memory.place(stored(tensor.elements, type), images: images(type))
    }
    for (index, original) in repeated { inputOperands[index] = inputOperands[original] }
    var parameterOperands = parameters.map { memory.place($0.elements, images: 1) }
    let packing = parameterTypes.indices.filter { parameterTypes[$0].layout != .rowMajor }.flatMap { index in
      let packed = memory.place([Float](repeating: .nan, count: parameterTypes[index].storedCount), images: 1)
      defer { parameterOperands[index] = packed }
      return packingCalls(parameterTypes[index], from: parameterOperands[index], to: packed)
    }
    memory.run(packing)
    let outputs = outputTypes.enumerated().map { index, type in
      switch index == 0 ? inPlace.map(Place.overInput) ?? places[0] : places[index] {
      case .overInput(let input): return inputOperands[input]
      case .overParameter(let parameter): return parameterOperands[parameter]
      case nil: break
      }
      return memory.place(
        [Float](repeating: .nan, count: images(type) * type.storedCount), images: images(type))
    }
    let bytes = operation.scratchBytes(
      inputs: inputTypes, parameters: parameterTypes, outputs: outputTypes, batch: batch)
    let scratch: Operand? =
      bytes == 0 ? nil : memory.place([Float](repeating: .nan, count: (bytes + 3) / 4), images: 1)
    let calls = operation.lower(
      CallSite(
        batch: batch, inputTypes: inputTypes, parameterTypes: parameterTypes, outputTypes: outputTypes,
        inputs: inputOperands, parameters: parameterOperands, outputs: outputs, scratch: scratch))
    let before = memory.elements
    memory.run(calls)

    var written = Set<Int>()
    for (index, type) in outputTypes.enumerated() {
      let found = (0..<images(type)).flatMap { n in
        let start = memory.index(of: outputs[index], image: n)
        let image = start..<start + type.storedCount
        written.formUnion(image)
        return logical(memory.elements[image], type)
      }
      let worst = worstError(found, expected[index].elements)
      #expect(worst <= tolerance, comment, sourceLocation: sourceLocation)
    }
    if let scratch {
      let start = memory.index(of: scratch, image: 0)
      written.formUnion(start..<start + (bytes + 3) / 4)
    }
    let spoilt = before.indices.first {
      !written.contains($0) && before[$0].bitPattern != memory.elements[$0].bitPattern
    }
    #expect(spoilt == nil, "\(comment) writes outside its outputs", sourceLocation: sourceLocation)
  }

  /// The largest difference, relative to the largest expected element; infinite for a not-a-number.
  static func worstError(_ found: [Float], _ expected: [Double]) -> Double {
    let scale = max(expected.map(abs).max() ?? 0, 1e-30)
    return zip(found, expected).reduce(0) { worst, pair in
      let error = Double(pair.0) == pair.1 ? 0 : abs(Double(pair.0) - pair.1) / scale
      return error.isNaN ? .infinity : max(worst, error)
    }
  }

  /// A batch's elements as the type's layout has them.
  private static func stored(_ elements: [Float], _ type: TensorType) -> [Float] {
    type.layout == .channelBlocks ? Blocks.blocked(elements, type.shape) : elements
  }

  /// An image's elements, or a parameter's, in their logical order.
  private static func logical(_ stored: ArraySlice<Float>, _ type: TensorType) -> [Float] {
    type.layout == .channelBlocks ? Blocks.planar(stored, type.shape) : Array(stored)
  }

  private static func packingCalls(
    _ type: TensorType, from weight: Operand, to packed: Operand
  ) -> [KernelCall] {
    ChangeLayout(to: type.layout).lower(
      CallSite(
        batch: 1, inputTypes: [], parameterTypes: [type.laid(out: .rowMajor)], outputTypes: [type],
        inputs: [],
        parameters: [weight], outputs: [packed]))
  }

  private static func dimensions(_ type: TensorType, _ batch: Int) -> [Int] {
    (type.isBatched ? [batch] : []) + type.dimensions
  }

  private static func tensor(
    _ type: TensorType, _ batch: Int, stream: Int, _ transform: (Float) -> Float
  ) -> Tensor<Float> {
    let dimensions = dimensions(type, batch)
    return Tensor(dimensions, numbers(UInt64(stream), dimensions.reduce(1, *)).map(transform))
  }

  static func inDouble(_ tensor: Tensor<Float>) -> Tensor<Double> {
    Tensor(tensor.dimensions, tensor.elements.map(Double.init))
  }
}
