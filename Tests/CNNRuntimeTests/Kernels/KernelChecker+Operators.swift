import CNNGraph
import Testing

extension KernelChecker {
  /// Where an output lies.
  enum Place: Hashable {
    case ownMemory
    case overInput(Int)
    case overParameter(Int)
  }

  /// Expects the calls of any operator, with several outputs too, to give its reference within a tolerance
  /// relative to each output's largest element.
  /// - Parameters:
  ///   - parameters: the dimensions of each.
  ///   - places: where outputs lie, if not in memory of their own.
  ///   - inputTransform: applied to the random inputs; ``parameterTransform`` likewise.
  static func check(
    _ op: Op, inputs shapes: [Shape], parameters dimensions: [[Int]] = [], batch: Int = 3,
    places: [Int: Place] = [:], tolerance: Double = 1e-5,
    inputTransform: (_ input: Int, Float) -> Float = { $1 },
    parameterTransform: (_ parameter: Int, Float) -> Float = { $1 },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let implementation = op.implementation
    let inputTypes = shapes.map(TensorType.activation)
    let parameterTypes = dimensions.map(TensorType.parameter)
    let outputTypes = try #require(
      implementation.outputTypes(inputs: inputTypes, parameters: parameterTypes),
      sourceLocation: sourceLocation)
    let inputs = shapes.enumerated().map { index, shape in
      let elements = numbers(UInt64(index), batch * shape.count).map { inputTransform(index, $0) }
      return Tensor([batch, shape.channels, shape.height, shape.width], elements)
    }
    let parameters = dimensions.enumerated().map { index, dimensions in
      let elements = numbers(100 + UInt64(index), dimensions.reduce(1, *))
      return Tensor(dimensions, elements.map { parameterTransform(index, $0) })
    }
    let expected = implementation.evaluateAll(inputs.map(inDouble), parameters: parameters.map(inDouble))

    var memory = Memory()
    let inputOperands = inputs.map { memory.place($0.elements, images: batch) }
    let parameterOperands = parameters.map { memory.place($0.elements, images: 1) }
    let outputs = outputTypes.enumerated().map { index, type in
      switch places[index] ?? .ownMemory {
      case .ownMemory:
        let images = type.isBatched ? batch : 1
        return memory.place([Float](repeating: .nan, count: images * type.count), images: images)
      case .overInput(let input): return inputOperands[input]
      case .overParameter(let parameter): return parameterOperands[parameter]
      }
    }
    let scratchBytes = implementation.scratchBytes(
      inputs: inputTypes, parameters: parameterTypes, outputs: outputTypes, batch: batch)
    let scratch =
      scratchBytes == 0
      ? nil : memory.place([Float](repeating: .nan, count: (scratchBytes + 3) / 4), images: 1)
    let calls = implementation.lower(
      CallSite(
        batch: batch, inputTypes: inputTypes, parameterTypes: parameterTypes, outputTypes: outputTypes,
        inputs: inputOperands, parameters: parameterOperands, outputs: outputs, scratch: scratch))
    let before = memory.elements
    memory.run(calls)

    var written = Set<Int>()
    for (index, (output, type)) in zip(outputs, outputTypes).enumerated() {
      let places = (0..<(type.isBatched ? batch : 1)).flatMap { n in
        let start = memory.index(of: output, image: n)
        return start..<start + type.count
      }
      written.formUnion(places)
      let scale = max(expected[index].elements.map(abs).max() ?? 0, 1e-30)
      let errors = zip(places, expected[index].elements).map { place, value in
        let error = abs(Double(memory.elements[place]) - value) / scale
        return error.isNaN ? .infinity : error
      }
      #expect(
        errors.max() ?? 0 <= tolerance, "output \(index) of \(op) on \(shapes)",
        sourceLocation: sourceLocation)
    }
    if let scratch {
      let start = memory.index(of: scratch, image: 0)
      written.formUnion(start..<start + (scratchBytes + 3) / 4)
    }
    let spoilt = before.indices.first {
      !written.contains($0) && before[$0].bitPattern != memory.elements[$0].bitPattern
    }
    #expect(spoilt == nil, "\(op) on \(shapes) writes outside its outputs", sourceLocation: sourceLocation)
  }

  private static func inDouble(_ tensor: Tensor<Float>) -> Tensor<Double> {
    Tensor(tensor.dimensions, tensor.elements.map(Double.init))
  }
}
