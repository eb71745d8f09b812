import CNNEmbedding
import CNNGraph
import CNNSpec

/// The header of a safetensors file: what tensors there are, and where.
struct SafetensorsHeader {
  let path: String
  let byteCount: Int
  private let index: SafetensorsIndex
  var metadata: [String: String] { index.metadata }

  /// Bytes of an element of each type that the format knows.
  static let elementBytes = [
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4,
    "U16": 2, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
  ]

  /// Types whose numbers an import makes float32.
  private static let convertible: Set = ["F16", "BF16", "F64"]

  init(_ bytes: [UInt8], path: String) throws(Diagnostics) {
    self.path = path
    byteCount = bytes.count
    do throws(HeaderReader.Failure) {
      index = try SafetensorsIndex(bytes)
    } catch {
      throw Self.bad(
        path,
        "the header is not what the format says: expected \(error.expected) at byte \(error.offset + 8)",
        help: "is this a safetensors file, and whole?")
    }
  }

  static func bad(_ path: String, _ message: String, help: String...) -> Diagnostics {
    Diagnostics(Diagnostic(.weightsFile, message, at: .file(path), help: help))
  }

  /// Checks that tensors lie behind one another, as long as their shapes say, and fill the file to its end.
  func checkLayout(dataBytes: Int) throws(Diagnostics) {
    var findings = DiagnosticCollector()
    var end = 0
    for entry in index.entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      if let size = Self.elementBytes[entry.elementType] {
        let expected = (CheckedInteger.product(entry.dimensions) * size).value
        if expected != entry.end - entry.begin {
          findings.report(
            finding(
              "\(entry.name): \(entry.elementType) \(entry.dimensions) takes \(expected.map(String.init) ?? "over 2^63")"
                + " bytes, the offsets give it \(entry.end - entry.begin)"))
        }
      }
      if entry.begin != end {
        let what =
          entry.begin < end ? "shares bytes with the tensor before it" : "leaves bytes before it unused"
        findings.report(finding("\(entry.name) \(what): it begins at \(entry.begin), expected \(end)"))
      }
      end = max(end, entry.end)
    }
    if end != dataBytes {
      findings.report(
        finding(
          "expected \(end) bytes of tensors, found \(dataBytes)",
          help: end > dataBytes ? ["the file is cut short"] : []))
    }
    if findings.hasErrors { throw Diagnostics(findings.findings) }
  }

  /// The tensors without those that count batches.
  /// - Throws: one finding that lists those of other types than are asked for.
  func tensors(dataStart: Int, types: Set<String>) throws(Diagnostics) -> [SafetensorsFile.Tensor] {
    let wanted = index.entries.filter { !$0.name.hasSuffix(SafetensorsIndex.ignoredSuffix) }
    let others = wanted.filter { !types.contains($0.elementType) }
    guard others.isEmpty else {
      let limit = 50
      var lines = others.prefix(limit).map { "\($0.name) is \($0.elementType)" }
      if others.count > limit { lines.append("and \(others.count - limit) more") }
      let isConvertible = types.count == 1 && others.allSatisfy { Self.convertible.contains($0.elementType) }
      lines.append(
        "convert the file to F32"
          + (isConvertible ? ", as `cnnc import \(path) --spec SPEC --output FOLDER` does" : ""))
      let tensors = others.count == 1 ? "1 tensor" : "\(others.count) tensors"
      let expected = types.sorted().joined(separator: " or ")
      throw Diagnostics(
        finding("expected tensors of type \(expected), found \(tensors) of unsupported types", help: lines))
    }
    return wanted.map { entry in
      .init(
        name: entry.name, dimensions: entry.dimensions,
        range: dataStart + entry.begin..<dataStart + entry.end, elementType: entry.elementType)
    }
  }

  private func finding(_ message: String, help: [String] = []) -> Diagnostic {
    Diagnostic(.weightsFile, message, at: .file(path), help: help)
  }
}
