extension Preprocessing {
  /// Reads the text of a mapping as a spec has it under `preprocess`, of a file that is no spec.
  /// - Parameters:
  ///   - text: JSON.
  ///   - channels: of the network's input, with its height and width.
  /// - Throws: what a spec with this `preprocess` would be told.
  package static func read(
    json text: String, channels: Int, height: Int, width: Int
  ) throws(Diagnostics) -> Preprocessing {
    let source = SourceText(name: "preprocess.json", text)
    let document = try DocumentReader.read(source)
    let input = Spec.Input(channels: channels, height: height, width: width, range: document.range)
    var diagnostics = DiagnosticCollector()
    let result = PreprocessingReader.read(document, input: input, &diagnostics)
    if diagnostics.hasErrors { throw Diagnostics(diagnostics.findings) }
    return result
  }

  /// As JSON, which a spec may have under `preprocess`, too.
  package var json: String { JSONValue.object(entries).text }

  /// As a spec writes it: `{resize: 256, scale: 1/255}`.
  package var text: String {
    let texts = entries.map { key, value in
      switch value {
      case .string(let word): "\(key): \(word)"
      case .number(let number): "\(key): \(Self.fraction(number).map { "\($0)/255" } ?? value.text)"
      default: "\(key): \(value.text)"
      }
    }
    return "{\(texts.joined(separator: ", "))}"
  }

  /// How many 255ths a number is, where it is a fraction of so many: others say more by themselves.
  private static func fraction(_ number: Double) -> Int? {
    guard number > 0, number != number.rounded(), let count = Int(exactly: (number * 255).rounded()),
      Double(count) / 255 == number
    else { return nil }
    return count
  }

  /// All that is not the default, and the scale.
  private var entries: [(key: String, value: JSONValue)] {
    func numbers(_ numbers: [Double]) -> JSONValue {
      numbers.count == 1 ? .shortest(numbers[0]) : .array(numbers.map { .shortest($0) })
    }
    var entries: [(key: String, value: JSONValue)] = []
    if let color { entries.append(("color", .string(color.rawValue))) }
    switch resize {
    case .shorterSide(let side): entries.append(("resize", .integer(side)))
    case .exact(let height, let width): entries.append(("resize", .string("\(height)x\(width)")))
    case nil: break
    }
    if let crop { entries.append(("crop", .string("\(crop.height)x\(crop.width)"))) }
    entries.append(("scale", .shortest(scale)))
    if mean != [0] { entries.append(("mean", numbers(mean))) }
    if std != [1] { entries.append(("std", numbers(std))) }
    return entries
  }
}
