import CNNSpec

/// Writes phrases as the steps of a YAML list.
struct PhrasePrinter {
  /// No line of steps is longer, if its words are not.
  private static let width = 100

  private let label: (Phrase.Word.Key) -> String?
  /// What a layer that is referred to is called.
  private let name: (Int) -> String

  init(label: @escaping (Phrase.Word.Key) -> String?, name: @escaping (Int) -> String) {
    self.label = label
    self.name = name
  }

  // MARK: Words

  private func title(_ word: Phrase.Word) -> String { word.kind + (label(word.key).map { ":\($0)" } ?? "") }

  /// A text with its placeholders replaced: `@#12` is the label of the layer 12.
  private func resolved(_ text: String) -> String {
    guard text.hasPrefix("@#"), let index = Int(text.dropFirst(2)) else { return text }
    return "@" + name(index)
  }

  private func text(_ phrase: Phrase) -> String {
    switch phrase {
    case .word(let word):
      let arguments = word.arguments.map(resolved).joined(separator: ", ")
      return title(word) + (arguments.isEmpty ? "" : "(\(arguments))")
    case .reference(let label): return resolved(label)
    case .repetition(let inner, let count): return "\(grouped(inner))*\(count)"
    case .optional(let inner, let name): return "\(grouped(inner))?\(name)"
    case .join: preconditionFailure("a pattern holds no join")
    }
  }

  private func grouped(_ phrases: [Phrase]) -> String {
    let text = phrases.map(text).joined(separator: " - ")
    if phrases.count == 1, case .word = phrases[0] { return text }
    return "(\(text))"
  }

  // MARK: Lines of a pattern

  private static let windows: Set<String> = ["conv", "depthwise", "deconv", "fc"]

  /// What begins a line: one convolution a line with what follows it, calls of blocks together.
  private enum Weight { case light, heavy, call, reference, normalisation, ending }

  private func weight(_ phrase: Phrase) -> Weight {
    switch phrase {
    case .reference: .reference
    case .join: .heavy
    case .repetition(let inner, _), .optional(let inner, _):
      inner.contains { weight($0) == .heavy } ? .heavy : weight(inner[0])
    case .word(let word):
      if word.isCall {
        .call
      } else if Self.windows.contains(word.kind) {
        .heavy
      } else if word.kind == "bn" || word.kind == "scale" {
        .normalisation
      } else {
        word.kind.hasPrefix("global") ? .ending : .light
      }
    }
  }

  /// The lines of a pattern: the steps of each line.
  /// - Parameter isFresh: whether nothing stands before it that the first line might belong to.
  private func lines(_ phrases: [Phrase], width: Int, isFresh: Bool = true) -> [String] {
    var lines: [String] = []
    var line = ""
    var weights: [Weight] = []
    var stage: [String] = []
    for phrase in phrases {
      let (text, weight) = (text(phrase), weight(phrase))
      let begins =
        switch weight {
        case .reference: true
        case .heavy: !(weights.allSatisfy(Self.leads) || weights == [.light] && lines.isEmpty && isFresh)
        case .call: weights.last != .call || Self.sizes(phrase) != stage
        case .normalisation: weights.last == .call
        case .ending: weights.contains(.call)
        case .light: false
        }
      if weight == .call { stage = Self.sizes(phrase) }
      if !line.isEmpty, begins && weights.last != .reference || line.count + 3 + text.count > width {
        lines.append(line)
        (line, weights) = ("", [])
      }
      line += (line.isEmpty ? "" : " - ") + text
      // What follows a norm is of its kind, until something heavy comes.
      weights.append(
        weight == .light && !weights.isEmpty && weights.allSatisfy(Self.leads) ? .normalisation : weight)
    }
    return line.isEmpty ? lines : lines + [line]
  }

  /// What stands before a convolution in its line.
  private static func leads(_ weight: Weight) -> Bool {
    weight == .normalisation || weight == .ending || weight == .reference
  }

  /// What a call must say: blocks of the same sizes stand in a line.
  private static func sizes(_ phrase: Phrase) -> [String] {
    switch phrase {
    case .word(let word): word.arguments.filter { !$0.contains("=") }
    case .repetition(let inner, _): inner.first.map(sizes) ?? []
    default: []
    }
  }

  /// YAML has a meaning of its own for a scalar that begins with `@`.
  private static func quoted(_ text: String) -> String { text.hasPrefix("@") ? "\"\(text)\"" : text }

  // MARK: Lists

  /// The items of a list of steps, each line indented.
  func steps(_ phrases: [Phrase], indent: Int) -> [String] {
    var result: [String] = []
    var pattern: [Phrase] = []
    let margin = String(repeating: " ", count: indent)
    func endPattern() {
      for line in lines(pattern, width: Self.width - indent - 2) {
        result.append("\(margin)- \(Self.quoted(line))")
      }
      pattern = []
    }
    for phrase in phrases {
      if case .join(let word, let branches) = phrase {
        endPattern()
        result += join(title(word), branches, margin: margin, indent: indent)
      } else {
        pattern.append(phrase)
      }
    }
    endPattern()
    return result
  }

  private func join(_ title: String, _ branches: [[Phrase]], margin: String, indent: Int) -> [String] {
    if !branches.contains(where: { $0.contains(where: \.isJoin) }) {
      let texts = branches.map { branch in
        branch.isEmpty ? "identity" : Self.quoted(branch.map(text).joined(separator: " - "))
      }
      let line = "\(margin)- \(title): [\(texts.joined(separator: ", "))]"
      // A flow list would take a comma in parentheses for its own, and long branches are read one below the other.
      let isShort = !branches.contains { $0.count > 2 } && !texts.contains { $0.contains(",") }
      if isShort, line.count <= Self.width { return [line] }
    }
    return ["\(margin)- \(title):"] + branches.flatMap { branch($0, indent: indent + 4) }
  }

  /// A branch: a pattern, folded over lines where it is long, or a list of steps.
  private func branch(_ phrases: [Phrase], indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    if phrases.isEmpty { return ["\(margin)- identity"] }
    if phrases.contains(where: \.isJoin) {
      let items = steps(phrases, indent: indent + 2)
      return ["\(margin)- \(items[0].dropFirst(indent + 2))"] + items.dropFirst()
    }
    let whole = Self.quoted(phrases.map(text).joined(separator: " - "))
    if indent + 2 + whole.count <= Self.width { return ["\(margin)- \(whole)"] }
    let lines = lines(phrases, width: Self.width - indent - 4)
    let isQuoted = lines[0].hasPrefix("@")
    return lines.enumerated().map { place, line in
      let opening = place > 0 ? "  - " : isQuoted ? "- \"" : "- "
      return margin + opening + line + (isQuoted && place == lines.count - 1 ? "\"" : "")
    }
  }
}
