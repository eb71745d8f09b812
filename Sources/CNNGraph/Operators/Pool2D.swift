import CNNSpec

/// A number for each window of each channel: D x H x W to D x H2 x W2. A global pool's window is the image.
package struct Pool2D: LayerOperator {
  package enum Mode: Hashable, Sendable {
    /// The largest element; padding is minus infinity, and not-a-number wins, as in PyTorch.
    case max
    /// The sum of the elements inside the image, divided by the number of the window's positions inside the
    /// image grown by `counted` on each side (at least 1).
    ///
    /// No padding counted is PyTorch's `count_include_pad=False`; the layer's own padding is `True`, where
    /// what `ceil` adds at the bottom and the right still does not count.
    case average(counted: Padding)
    /// The sum of the elements inside the image: LeNet's subsampling, before its factor and bias.
    case sum
  }

  package var mode: Mode
  package var window: Window2D

  package init(mode: Mode, window: Window2D) {
    self.mode = mode
    self.window = window
  }

  package static var name: String { "pool2d" }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == 1, let positions = window.positions(over: inputs[0].size) else { return nil }
    return Shape.checked(inputs[0].channels, positions.height, positions.width)
  }

  /// F*F comparisons or additions an output; the division is not counted apart.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    Cost(otherOperations: output.checkedCount * window.kernel.height * window.kernel.width)
  }

  /// The mode as the kernels are told.
  private var modeCode: (code: Int, counted: Padding) {
    switch mode {
    case .max: (0, .none)
    case .average(let counted): (1, counted)
    case .sum: (2, .none)
    }
  }

  package func outputLayout(inputs: [Layout], parameters: [Layout]) -> Layout? {
    commonLayout(inputs: inputs, parameters: parameters)
  }

  /// What kernels of a pool and of its gradient are told behind their strides.
  func arguments(over input: Shape, to output: Shape) -> KernelArguments {
    let (code, counted) = modeCode
    return KernelArguments(
      [
        "channels": .integer(input.channels), "height": .integer(input.height),
        "width": .integer(input.width), "out_height": .integer(output.height),
        "out_width": .integer(output.width),
      ], window.arguments,
      [
        "counted_top": .integer(counted.top), "counted_bottom": .integer(counted.bottom),
        "counted_left": .integer(counted.left), "counted_right": .integer(counted.right),
        "mode": .integer(code),
      ])
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        site.isInBlocks ? .pool2dBlocks : .pool2d, [site.output, site.input],
        [
          "batch": .integer(site.batch),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
        ], arguments(over: site.inputShape, to: site.outputShape))
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let x = inputs[0]
    guard let shape = outputShape(for: [x.shape]) else { preconditionFailure("no such window") }
    return Tensor(batch: x.batch, shape) { n, c, i, j in
      var largest = -Scalar.infinity
      var sum: Scalar = 0
      window.forEachTap(ofOutput: i, j, over: x.shape.size) { _, _, row, column in
        let element = x[n, c, row, column]
        if element > largest || element.isNaN { largest = element }
        sum += element
      }
      switch mode {
      case .max: return largest
      case .average(let counted): return sum / Scalar(divisor(i, j, over: x.shape.size, counted))
      case .sum: return sum
      }
    }
  }

  /// Positions of the window of output (i, j) inside the grown image.
  func divisor(_ i: Int, _ j: Int, over size: Size2D, _ counted: Padding) -> Int {
    let rows = (0..<window.kernel.height).count {
      let row = i * window.stride.height - window.padding.top + $0 * window.dilation.height
      return row >= -counted.top && row < size.height + counted.bottom
    }
    let columns = (0..<window.kernel.width).count {
      let column = j * window.stride.width - window.padding.left + $0 * window.dilation.width
      return column >= -counted.left && column < size.width + counted.right
    }
    return max(1, rows * columns)
  }
}
