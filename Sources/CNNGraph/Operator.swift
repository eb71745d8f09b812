import CNNSpec

/// A tensor that an operator owns, as the weights file stores it.
package struct ParameterSpec: Hashable, Sendable {
  package enum Role: Hashable, Sendable {
    case weight, bias
    /// Not trained: a batch norm's running statistics, an RBF layer's centres.
    case buffer
  }

  /// The part of the tensor's name behind the layer's: `weight`, `bias`, `running_mean`.
  package var suffix: String
  package var dimensions: [Int]
  package var role: Role

  package init(_ suffix: String, _ dimensions: [Int], _ role: Role) {
    self.suffix = suffix
    self.dimensions = dimensions
    self.role = role
  }
}

/// What every member of ``Op`` answers. One file declares one operator.
///
/// A node's inputs are activations or gradients, its parameters are tensors that exist once, whatever
/// the batch. An operator without inputs is computed once, when weights are bound.
package protocol Operator: Hashable, Sendable {
  /// The word for it in dumps and plans: `conv2d`.
  static var name: String { get }

  /// The types of the outputs, or nil where the operands do not go together or a product overflows.
  /// Complaints to users come from the kinds, earlier; this is what graphs are verified with.
  func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]?

  /// Inputs whose memory the first output may take over, element for element.
  var inPlaceInputs: [Int] { get }

  /// Bytes that the calls need beside their operands, for one batch.
  func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int

  /// How often the calls for one batch read the parameters from the first to the last.
  func parameterReads(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int

  /// Multiplications for one image as ``Cost/multiplications`` counts them: of convolutions, transposed
  /// convolutions and fully connected layers, and of what their gradients do in their place.
  func multiplications(inputs: [TensorType], outputs: [TensorType]) -> CheckedInteger

  /// The kernel calls that compute the outputs.
  func lower(_ site: CallSite) -> [KernelCall]

  /// The naive reference: slow, obvious, and the truth that everything else is tested against.
  /// Activations' dimensions are `[N, C, H, W]`.
  func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>]
}

extension Operator {
  package var inPlaceInputs: [Int] { [] }
  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int { 0 }
  package func parameterReads(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int { 1 }
  package func multiplications(inputs: [TensorType], outputs: [TensorType]) -> CheckedInteger { 0 }
}

/// An operator that a layer of a spec stands for: one activation out, shapes and costs for one image.
package protocol LayerOperator: Operator {
  /// The shape of the output for these inputs, or nil where they do not go together or overflow.
  func outputShape(for inputs: [Shape]) -> Shape?

  /// The parameters that a node of this operator reads, in the order of its operands.
  func parameters(for inputs: [Shape]) -> [ParameterSpec]

  /// What one image costs.
  func cost(for inputs: [Shape], output: Shape) -> Cost

  /// The layout of the output for inputs and parameters that lie so, or nil where no kernel reads them.
  func outputLayout(inputs: [Layout], parameters: [Layout]) -> Layout?

  /// The naive reference of the one output.
  func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar>
}

extension LayerOperator {
  package func parameters(for inputs: [Shape]) -> [ParameterSpec] { [] }

  package func cost(for inputs: [Shape], output: Shape) -> Cost { Cost() }

  package func outputLayout(inputs: [Layout], parameters: [Layout]) -> Layout? {
    (inputs + parameters).allSatisfy { $0 == .rowMajor } ? .rowMajor : nil
  }

  /// The rule of operators that compute row-major activations and channel blocks alike.
  func commonLayout(inputs: [Layout], parameters: [Layout]) -> Layout? {
    guard let first = inputs.first, inputs.allSatisfy({ $0 == first }) else { return nil }
    return parameters.allSatisfy { $0 == .rowMajor } ? first : nil
  }

  package func multiplications(inputs: [TensorType], outputs: [TensorType]) -> CheckedInteger {
    cost(for: inputs.map(\.shape), output: outputs[0].shape).multiplications
  }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.allSatisfy(\.isBatched), parameters.allSatisfy({ !$0.isBatched }) else { return nil }
    let shapes = inputs.map(\.shape)
    guard let output = outputShape(for: shapes) else { return nil }
    guard self.parameters(for: shapes).map(\.dimensions) == parameters.map(\.dimensions),
      let layout = outputLayout(inputs: inputs.map(\.layout), parameters: parameters.map(\.layout))
    else { return nil }
    return [.activation(output).laid(out: layout)]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    [evaluate(inputs, parameters: parameters)]
  }
}

/// Where a node's operands lie: what an operator needs to know to write down its kernel calls.
package struct CallSite: Sendable {
  package var batch: Int
  package var inputTypes: [TensorType]
  package var parameterTypes: [TensorType]
  package var outputTypes: [TensorType]
  package var inputs: [Operand]
  package var parameters: [Operand]
  package var outputs: [Operand]
  /// Present if the operator asked for scratch bytes.
  package var scratch: Operand?

  package init(
    batch: Int, inputTypes: [TensorType], parameterTypes: [TensorType], outputTypes: [TensorType],
    inputs: [Operand], parameters: [Operand], outputs: [Operand], scratch: Operand? = nil
  ) {
    self.batch = batch
    self.inputTypes = inputTypes
    self.parameterTypes = parameterTypes
    self.outputTypes = outputTypes
    self.inputs = inputs
    self.parameters = parameters
    self.outputs = outputs
    self.scratch = scratch
  }

  package var input: Operand { inputs[0] }
  package var output: Operand { outputs[0] }
  package var inputShape: Shape { inputTypes[0].shape }
  package var outputShape: Shape { outputTypes[0].shape }
  /// Whether the output is channel blocks.
  var isInBlocks: Bool { outputTypes[0].layout == .channelBlocks }
}
