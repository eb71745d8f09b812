/// y = 0 with probability `rate`, else x / (1 - rate). Input: x; parameter: a ``RandomState`` [12].
/// Output: the input's shape.
///
/// The random number of an element is a hash of the seed, the step, the layer's stream, the image's number
/// in the step's batch and the element's place in the image, so a step's masks depend on nothing else: not
/// on the order of computation, the number of threads, or how the batch is cut into parts. The gradient is
/// the same operator on dy, which computes the same mask again.
///
/// Srivastava et al., Dropout, JMLR 15, 2014; the hash is SplitMix64's: Steele, Lea, Flood, Fast splittable
/// pseudorandom number generators, OOPSLA 2014.
package struct DropoutTraining: Operator {
  package var rate: Double
  /// Different for each dropout layer of a network.
  package var stream: Int

  package init(rate: Double, stream: Int) {
    self.rate = rate
    self.stream = stream
  }

  package static var name: String { "dropout_training" }

  /// An element is zeroed if its 24 random bits are below this.
  private var threshold: Int { Int((rate * Double(1 << 24)).rounded()) }
  private var scale: Double { rate < 1 ? 1 / (1 - rate) : 0 }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 1, inputs[0].isBatched, parameters == [.parameter(RandomState.dimensions)],
      0...1 ~= rate
    else { return nil }
    return inputs
  }

  package var inPlaceInputs: [Int] { [0] }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let shape = site.outputShape
    let size: KernelArguments =
      site.isInBlocks
      ? ["channels": .integer(shape.channels), "area": .integer(shape.area)]
      : ["count": .integer(shape.count)]
    return [
      KernelCall(
        site.isInBlocks ? .dropoutBlocks : .dropout, [site.output, site.input, site.parameters[0]],
        ["batch": .integer(site.batch)], size,
        [
          "y_stride": .integer(site.output.imageStride), "x_stride": .integer(site.input.imageStride),
          "stream": .integer(stream), "threshold": .integer(threshold), "scale": .real(scale),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let state = RandomState(elements: parameters[0].elements)
    let (x, count) = (inputs[0], UInt64(inputs[0].shape.count))
    var y = x
    for index in x.elements.indices {
      let place = state.firstImage &* count &+ UInt64(index)
      let isDropped = state.bits(stream: stream, place: place) >> 40 < UInt64(threshold)
      y.elements[index] = isDropped ? 0 : x.elements[index] * Scalar(scale)
    }
    return [y]
  }
}

extension DropoutTraining: Differentiable {
  /// dx is dy under the same mask.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    builder.add(
      .training(.dropout(self)), inputs: [gradient], parameters: node.parameters, gradientOf: node.inputs[0],
      in: node)
  }
}
