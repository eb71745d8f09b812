import CNNGraph
import CNNPlan

/// Writes a plan's kernel calls as statements, of which the emitted closures name the operands' memory `arena`,
/// `weights` and `constants`.
struct SwiftCalls {
  let plan: ExecutionPlan
  /// Where each of the plan's parameters lies in `weights`, in bytes.
  let offsets: [Int]

  /// What recorders are told of calls to come.
  func count(of calls: [KernelCall]) -> String {
    let fields = calls.reduce(0) { $0 + $1.arguments.count }
    return "EmbeddedWeights.CallCount(calls: \(calls.count), fields: \(fields))"
  }

  /// The calls of a step for some images, under its layers' names.
  func add(_ turn: ExecutionPlan.Turn, to code: inout SwiftCode) {
    guard !turn.calls.isEmpty else { return }
    let step = plan.steps[turn.step]
    let images =
      turn.images.count < plan.batch ? ", images \(turn.images.lowerBound)..<\(turn.images.upperBound)" : ""
    code.line("// \(step.layers.isEmpty ? step.name : step.layers.joined(separator: ", "))\(images)")
    for call in plan.calls[turn.calls] { add(call, to: &code) }
  }

  /// A kernel call: its structure by the fields' names, then its operands.
  func add(_ call: KernelCall, to code: inout SwiftCode) {
    let kernel = call.kernel.rawValue
    code.line("calls.add(")
    code.line("  \"\(kernel)\",")
    let fields = call.arguments.map { argument in
      switch argument.value {
      case .integer(let number): "\(argument.name): \(number)"
      case .real(let number): "\(argument.name): \(SwiftCode.literal(number))"
      }
    }
    code.line("  cnn_\(kernel)_parameters(")
    let lines = Self.wrapped(fields, width: 92)
    for (index, line) in lines.enumerated() {
      code.line("    \(line)\(index == lines.count - 1 ? ")," : ",")")
    }
    let operands = Self.wrapped(call.operands.map { $0.map(address) ?? "nil" }, width: 92)
    for (index, line) in operands.enumerated() {
      code.line("  \(line)\(index == operands.count - 1 ? ")" : ",")")
    }
  }

  private func address(_ operand: Operand) -> String {
    let (base, offset) =
      switch operand.location {
      case .arena(let offset): ("arena", offset)
      case .parameter(let index): ("weights", offsets[index])
      case .constant(let offset): ("constants", offset)
      }
    return offset == 0 ? base : "\(base) + \(offset)"
  }

  /// Items with commas between them, as many in a line as fit.
  private static func wrapped(_ items: [String], width: Int) -> [String] {
    var lines: [String] = []
    for item in items {
      if let last = lines.last, last.count + item.count + 2 < width {
        lines[lines.count - 1] = "\(last), \(item)"
      } else {
        lines.append(item)
      }
    }
    return lines
  }
}
