import CNNGraph
import Testing

extension KernelChecker {
  /// Expects the calls of an operator of activations and parameters to give its reference, as
  /// ``check(operator:inputs:parameters:batch:inPlace:places:repeated:tolerance:inputTransform:parameterTransform:sourceLocation:)``
  /// does.
  /// - Parameters:
  ///   - parameters: the dimensions of each.
  ///   - places: where outputs lie, if not in memory of their own.
  static func check(
    _ op: Op, inputs shapes: [Shape], parameters dimensions: [[Int]] = [], batch: Int = 3,
    places: [Int: Place] = [:], tolerance: Double = 1e-5,
    inputTransform: (_ input: Int, Float) -> Float = { $1 },
    parameterTransform: (_ parameter: Int, Float) -> Float = { $1 },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    func check(_ operation: some Operator) throws {
      try KernelChecker.check(
        operator: operation, inputs: shapes.map(TensorType.activation),
        parameters: dimensions.map(TensorType.parameter), batch: batch, places: places,
        tolerance: tolerance, inputTransform: inputTransform, parameterTransform: parameterTransform,
        sourceLocation: sourceLocation)
    }
    try check(op.implementation)
  }

  /// Expects the calls of a layer's operator to give its reference within a relative tolerance.
  /// - Parameters:
  ///   - inPlace: the input whose memory the output takes over, if any.
  ///   - repeated: inputs that are the same value as an earlier one, and which.
  ///   - transform: applied to the random parameters, e.g. to make variances positive.
  static func check<Layer: LayerOperator>(
    _ layer: Layer, on shapes: [Shape], batch: Int = 2, inPlace: Int? = nil, tolerance: Double = 1e-5,
    repeated: [Int: Int] = [:], transform: (_ parameter: Int, Float) -> Float = { $1 },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try check(
      operator: layer, inputs: shapes.map(TensorType.activation),
      parameters: layer.parameters(for: shapes).map { .parameter($0.dimensions) }, batch: batch,
      inPlace: inPlace, repeated: repeated, tolerance: tolerance, parameterTransform: transform,
      sourceLocation: sourceLocation)
  }
}
