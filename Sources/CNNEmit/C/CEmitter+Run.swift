import CNNGraph
import CNNPlan

extension CEmitter {
  /// The function that runs the network: one block for each kernel call.
  var runOfMaps: String {
    let readsWeights = weights.count > 0
    var lines = [
      "void \(prefix)_run(\(runParameters)) {", "  char *const a = arena;",
    ]
    if readsWeights { lines.append("  const float *const w = \(weightsStart);") }
    if !readsWeights && weightsAreInFile { lines.append("  (void)weights;") }
    lines += [
      "  const uint64_t mode = cnn_float_mode();", "  cnn_set_float_mode(mode | cnn_zero_denormals);",
      "  memcpy(\(address(plan.inputs[0].operand.location)), input, \(macro)_INPUT_COUNT * sizeof(float));",
    ]
    for turn in plan.turns {
      let step = plan.steps[turn.step]
      for index in turn.calls {
        let images =
          plan.batch > 1 ? ", images \(turn.images.lowerBound) to \(turn.images.upperBound - 1)" : ""
        lines.append("  {  // \(CNumber.comment(step.name))\(images)")
        lines += block(plan.calls[index])
        lines.append("  }")
      }
    }
    for (index, port) in plan.outputs.enumerated() { lines += copy(port, to: outputName(index)) }
    lines += ["  cnn_set_float_mode(mode);", "}", ""]
    return lines.joined(separator: "\n")
  }

  /// The first of the weights.
  var weightsStart: String {
    weightsAreInFile ? "(const float *)weights + \(CWeightsFile.headerFloats)" : "\(prefix)_weights"
  }

  /// One call, its structure and its operands.
  private func block(_ call: KernelCall) -> [String] {
    precondition(KernelText.kernels.contains(call.kernel), "\(call.kernel) has no text in C")
    let name = "cnn_\(call.kernel.rawValue)"
    let fields = fields(call.arguments)
    let operands = call.operands.map { operand in
      operand.map { operand in
        if case .arena = operand.location {
          address(operand.location)
        } else {
          "(void *)(\(address(operand.location)))"
        }
      } ?? "NULL"
    }
    return CNumber.wrapped("    static const \(name)_parameters p = {", fields, "};")
      + CNumber.wrapped("    void *const operands[] = {", operands, "};")
      + ["    \(name)(operands, &p, 0, \(name)_split(&p).units);"]
  }

  /// A structure's fields with their values.
  func fields(_ arguments: [KernelCall.NamedArgument]) -> [String] {
    arguments.map { argument in
      switch argument.value {
      case .integer(let integer): ".\(argument.name) = \(integer)"
      case .real(let real): ".\(argument.name) = \(CNumber.real(real))"
      }
    }
  }

  private func address(_ location: Location) -> String {
    if case .arena(let offset) = location { return "a + \(offset)" }
    return "w + \(weights.place(of: location))"
  }

  /// Copies an output from where it lies.
  private func copy(_ port: ExecutionPlan.Port, to name: String) -> [String] {
    let count = port.type.count
    let from = address(port.operand.location)
    guard port.type.isBatched && plan.batch > 1 else {
      return ["  memcpy(\(name), \(from), \(count) * sizeof(float));"]
    }
    return [
      "  for (size_t n = 0; n < \(macro)_BATCH; n++)",
      "    memcpy(\(name) + n * \(count), \(from) + n * \(port.operand.imageStride) * sizeof(float),",
      "           \(count) * sizeof(float));",
    ]
  }
}
