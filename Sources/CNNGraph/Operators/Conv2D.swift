import CNNSpec

/// A convolution (a cross-correlation, as everywhere in the field), in groups of channels:
///
///     y[k, i, j] = bias[k] + sum over c, fy, fx of
///                  weight[k, c, fy, fx] * x[c, i*S - P + fy*dilation, j*S - P + fx*dilation]
///
/// D x H x W to K x H2 x W2, H2 = (H - F + P)/S + 1. Padding is zero; negative padding crops.
/// Parameters: `weight` [K, D/groups, Fh, Fw], `bias` [K].
package struct Conv2D: LayerOperator {
  /// K, the output's channels
  package var filters: Int
  package var window: Window2D
  /// Filters k*K/groups..<(k+1)*K/groups see channels k*D/groups..<(k+1)*D/groups only.
  package var groups: Int
  package var hasBias: Bool
  /// For each filter the input channels that it reads, in any order; nil for all. The weight tensor keeps
  /// its size, and what it holds for other channels is never read. LeCun et al. 1998, table I.
  package var connections: [[Int]]?
  package var epilogue: Epilogue

  package init(
    filters: Int, window: Window2D, groups: Int = 1, hasBias: Bool = true, connections: [[Int]]? = nil,
    epilogue: Epilogue = .none
  ) {
    self.filters = filters
    self.window = window
    self.groups = groups
    self.hasBias = hasBias
    self.connections = connections
    self.epilogue = epilogue
  }

  package static var name: String { "conv2d" }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == epilogue.inputCount(besides: 1), groups > 0,
      inputs[0].channels % groups == 0, filters % groups == 0,
      let positions = window.positions(over: inputs[0].size),
      let output = Shape.checked(filters, positions.height, positions.width),
      CheckedInteger.product(weightDimensions(inputs[0].channels)).value != nil,
      connectionsFit(inputs[0].channels)
    else { return nil }
    return epilogue.addsResidual && inputs[1] != output ? nil : output
  }

  func weightDimensions(_ channels: Int) -> [Int] {
    [filters, channels / groups, window.kernel.height, window.kernel.width]
  }

  private func connectionsFit(_ channels: Int) -> Bool {
    guard let connections else { return true }
    return groups == 1 && connections.count == filters
      && connections.allSatisfy { list in
        list.allSatisfy { 0..<channels ~= $0 } && Set(list).count == list.count
      }
  }

  package func parameters(for inputs: [Shape]) -> [ParameterSpec] {
    let weight = ParameterSpec("weight", weightDimensions(inputs[0].channels), .weight)
    return hasBias ? [weight, ParameterSpec("bias", [filters], .bias)] : [weight]
  }

  /// The weights that count: those of connected channels.
  package func connectedWeights(inputChannels: Int) -> CheckedInteger {
    let pairs =
      connections.map { CheckedInteger($0.reduce(0) { $0 + $1.count }) }
      ?? CheckedInteger(filters) * (inputChannels / groups)
    return pairs * window.kernel.height * window.kernel.width
  }

  /// F*F*D/groups*K*H2*W2 multiplications; bias additions are not counted apart.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    let weights = connectedWeights(inputChannels: inputs[0].channels)
    let pixels = CheckedInteger(output.height) * output.width
    return Cost(
      multiplications: weights * pixels, otherOperations: epilogue.operations(on: output),
      connections: (weights + (hasBias ? filters : 0)) * pixels)
  }

  package var inPlaceInputs: [Int] { epilogue.inPlaceInputs(residual: 1) }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let x = inputs[0]
    let weight = parameters[0]
    guard let size = window.positions(over: x.shape.size) else { preconditionFailure("no such window") }
    let (depth, share) = (x.shape.channels / groups, filters / groups)
    let output = Tensor<Scalar>(batch: x.batch, Shape(filters, size.height, size.width)) { n, k, i, j in
      var sum = hasBias ? parameters[1].elements[k] : 0
      for c in connections?[k].sorted() ?? Array(0..<depth) {
        window.forEachTap(ofOutput: i, j, over: x.shape.size) { fy, fx, row, column in
          sum += weight[k, c, fy, fx] * x[n, k / share * depth + c, row, column]
        }
      }
      return sum
    }
    return epilogue.apply(to: output, residual: inputs.last)
  }
}
