/// activation(x1 + x2 + ... + xn) of n >= 1 inputs of one shape. Output: that shape.
///
/// An epilogue's residual is one more input of the sum.
package struct Add: LayerOperator {
  package var epilogue: Epilogue

  package static var name: String { "add" }

  package init(epilogue: Epilogue = .none) { self.epilogue = epilogue }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count >= epilogue.inputCount(besides: 1) else { return nil }
    return inputs.allSatisfy { $0 == inputs[0] } ? inputs[0] : nil
  }

  /// n - 1 operations an element, and the activation's.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    let operations = inputs.count - 1 + (epilogue.activation == nil ? 0 : 1)
    return Cost(otherOperations: output.checkedCount * operations)
  }

  /// The first call reads these two, element for element; a later one reads its input after the output
  /// has been written. So a value that is given more than twice must not be taken over.
  package var inPlaceInputs: [Int] { [0, 1] }

  package func outputLayout(inputs: [Layout], parameters: [Layout]) -> Layout? {
    commonLayout(inputs: inputs, parameters: parameters)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    guard site.inputs.count > 1 else {
      return epilogue.activation?.lower(site) ?? KernelCall.move(site)
    }
    let operands = site.inputsInPlaceFirst
    return (1..<operands.count).map { index in
      .add(
        index == 1 ? operands[0] : site.output, operands[index], to: site.output, site,
        index == operands.count - 1 ? epilogue.activation : nil)
    }
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    var sum = inputs[0]
    for input in inputs.dropFirst() {
      for index in sum.elements.indices { sum.elements[index] += input.elements[index] }
    }
    return epilogue.activation.map { sum.mapElements($0.apply) } ?? sum
  }
}

extension CallSite {
  /// The inputs in an order in which y = x1 o x2, y = y o x3, ... is right where the output lies at one input's
  /// place: whatever lies there must be read by the first call.
  var inputsInPlaceFirst: [Operand] {
    let there = inputs.filter { $0.location == output.location }
    precondition(there.count <= 2, "a value given \(there.count) times is overwritten before its last use")
    return there + inputs.filter { $0.location != output.location }
  }
}

extension KernelCall {
  /// y = activation(a + b) for activations of the site's output shape; y may be a, b or both.
  static func add(
    _ a: Operand, _ b: Operand, to y: Operand, _ site: CallSite, _ activation: Activation?
  ) -> KernelCall {
    let (function, alpha) = activation?.code ?? (0, 0)
    return KernelCall(
      .add, [y, a, b],
      [
        "batch": .integer(site.batch),
        "count": .integer(site.outputTypes[0].storedCount),
        "y_stride": .integer(y.imageStride),
        "a_stride": .integer(a.imageStride),
        "b_stride": .integer(b.imageStride),
        "function": .integer(function),
        "alpha": .real(alpha),
      ])
  }
}
