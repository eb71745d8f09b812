import CNNGraph

/// A tensor of one image, for hand-computed examples.
func image(_ shape: Shape, _ elements: [Double]) -> Tensor<Double> {
  Tensor([1, shape.channels, shape.height, shape.width], elements)
}

/// 0, 1, 2, ... in the shape of one image.
func counting(_ shape: Shape) -> Tensor<Double> {
  image(shape, (0..<shape.count).map(Double.init))
}

/// The largest difference between elements; infinite where there are not as many.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
}

/// A site whose operands all have their own bytes of the arena: input i from 1000(i + 1), the output from 0.
func site(
  batch: Int = 1, inputs: [Shape], output: Shape, inputPlaces: [Int: Operand] = [:]
) -> CallSite {
  CallSite(
    batch: batch, inputTypes: inputs.map(TensorType.activation), parameterTypes: [],
    outputTypes: [.activation(output)],
    inputs: inputs.enumerated().map { index, shape in
      inputPlaces[index] ?? Operand(.arena(offset: 1000 * (index + 1)), imageStride: shape.count)
    },
    parameters: [],
    outputs: [Operand(.arena(offset: 0), imageStride: output.count)])
}
