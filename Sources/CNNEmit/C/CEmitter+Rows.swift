import CNNGraph
import CNNPlan

extension CEmitter {
  /// What a program that makes rows says of itself.
  var aboutRows: String {
    """
    // Activations are made row by row: of each, only the rows lie in memory that something has still to read.
    """
  }

  /// The function that runs a network row by row, and the one that makes a row.
  func run(of rows: RowPlan) -> String {
    let isLarge = rows.steps.count > 256
    let numbers = rows.order.map(String.init)
    let outputs = plan.outputs.indices.map { index in
      "\(outputName(index)) + n * \(plan.outputs[index].type.count)"
    }
    let shape = plan.inputs[0].type.shape
    let start = weights.count > 0 ? weightsStart : "NULL"
    var lines = [turn(of: rows), "void \(prefix)_run(\(runParameters)) {"]
    lines.append("  // The steps in the order of their turns.")
    lines += CNumber.wrapped("  static const uint\(isLarge ? 16 : 8)_t order[] = {", numbers, "};")
    lines.append("  const float *const w = \(start);")
    if weights.count == 0 && weightsAreInFile { lines.append("  (void)weights;") }
    lines += [
      "  const uint64_t mode = cnn_float_mode();", "  cnn_set_float_mode(mode | cnn_zero_denormals);",
      "  for (size_t n = 0; n < \(macro)_BATCH; n++) {",
      "    ptrdiff_t turns[\(max(rows.steps.count, 1))] = {0};",
      "    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)",
      "      \(prefix)_turn(order[i], turns[order[i]]++, w, arena, input + n * \(shape.count),",
      "        \(outputs.joined(separator: ", ")));", "  }",
      "  cnn_set_float_mode(mode);", "}", "",
    ]
    return lines.joined(separator: "\n")
  }

  /// The function that makes a step's next row: one case for each step.
  private func turn(of rows: RowPlan) -> String {
    let outputs = plan.outputs.indices.map { "float *\(outputName($0))" }.joined(separator: ", ")
    var lines = [
      "/// A turn of a step, of which there have been as many for this image.",
      "static void \(prefix)_turn(int step, ptrdiff_t turn, const float *w, float *a, const float *input,",
      "                           \(outputs)) {",
      "  (void)w;", "  (void)a;", "  (void)input;",
    ]
    lines += plan.outputs.indices.map { "  (void)\(outputName($0));" }
    lines.append("  switch (step) {")
    for (index, step) in rows.steps.enumerated() {
      let call = step.call
      lines.append("  case \(index): {  // \(CNumber.comment(step.name))")
      lines += CNumber.wrapped(
        "    static const \(call.kernel.parameters) p = {", fields(call.arguments.list), "};")
      lines += CNumber.wrapped("    const cnn_rows v[] = {", step.operands.map(structure), "};")
      let weights = call.weights == nil ? "w" : "w + \(self.weights.place(ofStep: index))"
      lines += ["    cnn_rows_\(call.kernel.rawValue)(&p, turn, v, \(weights));", "    break;", "  }"]
    }
    return (lines + ["  }", "}", ""]).joined(separator: "\n")
  }

  private func structure(_ rows: RowPlan.Rows) -> String {
    let start =
      switch rows.memory {
      case .arena(let offset): "a + \(offset / MemoryLayout<Float>.size + rows.first)"
      case .input: "(float *)input + \(rows.first)"
      case .output(let index): "\(outputName(index)) + \(rows.first)"
      }
    return "{\(start), \(rows.kept), \(rows.row), \(rows.pixel), \(rows.channel)}"
  }
}
