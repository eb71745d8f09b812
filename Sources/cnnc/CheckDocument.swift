import CNNGraph
import CNNSpec

/// The JSON that `check` prints.
struct CheckDocument {
  private let report: SpecReport
  /// What each member needs.
  private let memory: [MemberMemory]
  private let showsTraining: Bool

  /// - Parameter showsTraining: whether there is a key `training`, null where a member has errors.
  init(_ report: SpecReport, _ memory: [MemberMemory], showsTraining: Bool) {
    self.report = report
    self.memory = memory
    self.showsTraining = showsTraining
  }

  var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [("name", .string(report.name))]
    guard report.isFamily else {
      members += body(report.members.first, memory.first ?? .init(), ok: report.isOK)
      members.append(("diagnostics", Self.json(report.allDiagnostics)))
      return .object(members)
    }
    members.append(("ok", .bool(report.isOK)))
    let bodies = zip(report.members, memory).map { member, memory -> JSONValue in
      let values = member.values.map { (key: $0.name, value: JSONValue.integer($0.value)) }
      var object: [(key: String, value: JSONValue)] = [("where", .object(values))]
      object += body(member, memory, ok: member.isOK)
      object.append(("diagnostics", Self.json(member.diagnostics)))
      return .object(object)
    }
    members.append(("members", .array(bodies)))
    members.append(("diagnostics", Self.json(report.diagnostics)))
    return .object(members)
  }

  private func body(
    _ member: SpecReport.Member?, _ memory: MemberMemory, ok: Bool
  ) -> [(key: String, value: JSONValue)] {
    let network = member?.network
    var result: [(key: String, value: JSONValue)] = [
      ("input", network.map { Self.json($0.input) } ?? .null), ("ok", .bool(ok)),
      ("layers", .array(network?.layers.map(Self.json) ?? [])),
      ("totals", Self.json(network?.totals ?? .init(), arena: memory.arena)),
    ]
    if showsTraining { result.append(("training", memory.training?.json ?? .null)) }
    if let search = member?.search {
      result.append(("fits", Self.json(InputSearch.runs(search.exact))))
      result.append(("fits_with_rounding", Self.json(InputSearch.runs(search.legal))))
    }
    return result
  }

  private static func json(_ runs: [InputSearch.Run]) -> JSONValue {
    .array(
      runs.map {
        .object(["from": .integer($0.first), "to": .integer($0.last), "step": .integer($0.step)])
      })
  }

  private static func json(_ shape: Shape) -> JSONValue {
    .integers([shape.channels, shape.height, shape.width])
  }

  private static func json(_ layer: CheckedLayer) -> JSONValue {
    let position = layer.layer.range.startPosition
    let input: JSONValue =
      switch layer.inputShapes {
      case nil: .null
      case .some(let shapes) where shapes.count == 1: json(shapes[0])
      case .some(let shapes): .array(shapes.map(json))
      }
    let isKnown = layer.outputShape != nil
    func count(_ number: Int) -> JSONValue { isKnown ? .integer(number) : .null }
    return .object([
      "name": .string(layer.name), "kind": layer.layer.kind.map { .string($0) } ?? .null, "input": input,
      "output": layer.outputShape.map(json) ?? .null, "parameters": count(layer.parameterCount),
      "weights": count(layer.weights), "biases": count(layer.biases), "macs": count(layer.multiplications),
      "connections": count(layer.connections), "other_ops": count(layer.otherOperations),
      "receptive_field": layer.receptiveField.map(json) ?? .null,
      "activation_bytes": count(layer.activationBytes),
      "tensors": .array(
        layer.parameters.map {
          .object(["name": .string($0.name), "shape": .integers($0.spec.dimensions)])
        }),
      "line": .integer(position.line), "column": .integer(position.column),
    ])
  }

  private static func json(_ field: ReceptiveField) -> JSONValue {
    let (height, width) = (field.height, field.width)
    return .object([
      "size": .integers([height.size, width.size]),
      "stride": .array([.shortest(height.stride), .shortest(width.stride)]),
      "offset": .integers([height.offset, width.offset]),
    ])
  }

  private static func json(_ totals: CheckedNetwork.Totals, arena: Int?) -> JSONValue {
    .object([
      "parameters": .integer(totals.parameters), "buffers": .integer(totals.buffers),
      "macs": .integer(totals.multiplications), "connections": .integer(totals.connections),
      "other_ops": .integer(totals.otherOperations), "activation_bytes": .integer(totals.activationBytes),
      "arena_bytes": arena.map { .integer($0) } ?? .null,
    ])
  }

  static func json(_ findings: [Diagnostic]) -> JSONValue { .array(findings.map(json)) }

  private static func json(_ finding: Diagnostic) -> JSONValue {
    var file: JSONValue = .null
    var line: JSONValue = .null
    var column: JSONValue = .null
    switch finding.place {
    case .text(let range):
      let position = range.startPosition
      (file, line, column) = (.string(range.text.name), .integer(position.line), .integer(position.column))
    case .file(let path): file = .string(path)
    case .none: break
    }
    return .object([
      "severity": .string(finding.severity.rawValue), "code": .string(finding.code.rawValue),
      "message": .string(finding.message), "help": .strings(finding.help), "file": file, "line": line,
      "column": column,
    ])
  }
}
