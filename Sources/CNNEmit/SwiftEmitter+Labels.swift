extension SwiftEmitter {
  /// The classes as an enumeration, if the spec has any.
  func labels(_ code: inout SwiftCode) {
    guard let labels = emission.labels else { return }
    code.line("/// What the network tells apart, by the number of the score.")
    code.block("public enum Label: Int, CaseIterable, CustomStringConvertible, Sendable") { code in
      for name in SwiftLabel.names(for: labels) { code.line("case \(name)") }
      code.line()
      code.line("/// As the spec has it.")
      code.line("public var description: String { Self.texts[rawValue] }")
      code.line()
      code.line("private static let texts: [String] = [")
      for label in labels { code.line("  \(SwiftCode.literal(label)),") }
      code.line("]")
    }
    code.line()
  }
}

/// Names of an enumeration's cases for any labels.
enum SwiftLabel {
  /// `T-shirt/top` is `tShirtTop`; what has no letters to begin with, or is there already, is told by its number.
  static func names(for labels: [String]) -> [String] {
    // What the enumeration has already.
    var taken: Set = ["allCases", "description", "hashValue", "rawValue", "texts"]
    return labels.enumerated().map { number, label in
      var name = camelCase(label)
      if name.isEmpty { name = "class\(number)" }
      if taken.contains(name) { name += "Class\(number)" }
      while taken.contains(name) { name += "_" }
      taken.insert(name)
      return TargetLanguage.swift.reservedWords.contains(name) ? "`\(name)`" : name
    }
  }

  /// Words of ASCII letters and digits in one, or nothing where that is no name.
  private static func camelCase(_ label: String) -> String {
    let words = label.split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
    guard let first = words.first, let letter = first.first, letter.isLetter else { return "" }
    let isAcronym = first.count > 1 && first.allSatisfy { $0.isUppercase }
    let head = isAcronym ? first.lowercased() : first.prefix(1).lowercased() + first.dropFirst()
    return words.dropFirst().reduce(head) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
  }
}
