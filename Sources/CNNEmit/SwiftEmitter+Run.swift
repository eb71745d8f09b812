import CNNGraph
import CNNPlan

extension SwiftEmitter {
  /// An output's place: bytes from the arena's start, of one image behind another.
  private func place(of port: ExecutionPlan.Port) -> (offset: Int, imageBytes: Int) {
    guard case .arena(let offset) = port.operand.location else {
      preconditionFailure("\(port.name): inputs and outputs lie in the arena")
    }
    return (offset, port.operand.imageStride * 4)
  }

  /// Bytes from the arena's start, as an expression of `image`.
  private func offset(of port: ExecutionPlan.Port) -> String {
    let place = place(of: port)
    return plan.batch == 1 ? "\(place.offset)" : "\(place.offset) + image * \(place.imageBytes)"
  }

  func run(_ code: inout SwiftCode) {
    let isBatch = plan.batch > 1
    let spans = plan.outputs.map { _ in "Span<Float>" }
    let names = plan.outputs.count == 1 ? ["output"] : plan.outputs.indices.map { "output\($0)" }
    let counts = plan.outputs.map { "\($0.type.shape.count)" }.joined(separator: " and ")
    code.line(
      "/// Computes \(isBatch ? "the outputs" : "an output") and hands \(isBatch ? "them" : "it") out. Allocates nothing."
    )
    code.line(
      "/// - Parameter read: gets \(isBatch ? "an image's number and " : "")\(counts) elements, valid in the call only."
    )
    let parameters = ((isBatch ? ["Int"] : []) + spans).joined(separator: ", ")
    let result = isBatch ? "" : "<Result>"
    code.line("public mutating func run\(result)(")
    code.line("  _ input: Input, _ read: (\(parameters)) throws -> \(isBatch ? "Void" : "Result")")
    code.block(") rethrows\(isBatch ? "" : " -> Result") {", opens: false) { code in
      code.line("network.run(input.elements, at: \(place(of: plan.inputs[0]).offset))")
      if isBatch {
        code.block("for image in 0..<Self.batch") { hand(out: plan.outputs[...], names, to: &$0) }
      } else {
        hand(out: plan.outputs[...], names, to: &code)
      }
    }
    code.line()
  }

  /// Nested reads of all outputs, and the caller's closure inside.
  private func hand(out ports: ArraySlice<ExecutionPlan.Port>, _ names: [String], to code: inout SwiftCode) {
    let result = plan.batch == 1 ? "return " : ""
    guard let port = ports.first else {
      code.line("\(result)try read(\(((plan.batch > 1 ? ["image"] : []) + names).joined(separator: ", ")))")
      return
    }
    let name = names[ports.startIndex]
    code.block(
      "\(result)try network.read(at: \(offset(of: port)), count: \(port.type.shape.count)) { \(name) in",
      opens: false
    ) { hand(out: ports.dropFirst(), names, to: &$0) }
  }

  func classify(_ code: inout SwiftCode) {
    guard let port = plan.outputs.first, shape(of: port).count == 1 else { return }
    let entry = emission.labels == nil ? "(number: Int, score: Float)" : "(label: Label, score: Float)"
    let best = emission.network.endsInDistances ? "smallest" : "largest"
    code.line("/// The class with the \(best) score\(plan.batch > 1 ? " of each image" : ""), and that.")
    let type = plan.batch == 1 ? entry : "[\(entry)]"
    code.block("public mutating func classify(_ input: Input) -> \(type)") { code in
      code.line("network.run(input.elements, at: \(place(of: plan.inputs[0]).offset))")
      if plan.batch == 1 {
        code.line("let offset = \(place(of: port).offset)")
        classifyOne(port, &code)
      } else {
        code.block("return (0..<Self.batch).map { image in", opens: false) { code in
          code.line("let offset = \(offset(of: port))")
          classifyOne(port, &code)
        }
      }
    }
    code.line()
  }

  /// The best class of the scores at `offset`.
  private func classifyOne(_ port: ExecutionPlan.Port, _ code: inout SwiftCode) {
    let count = port.type.shape.count
    let isDistance = emission.network.endsInDistances
    code.line("let best = network.best(at: offset, count: \(count), isDistance: \(isDistance))")
    code.line("let score = network.read(at: offset + 4 * best, count: 1) { $0[0] }")
    guard emission.labels != nil else { return code.line("return (best, score)") }
    code.block("guard let label = Label(rawValue: best) else") { code in
      code.line("preconditionFailure(\"each score has a label\")")
    }
    code.line("return (label, score)")
  }
}
