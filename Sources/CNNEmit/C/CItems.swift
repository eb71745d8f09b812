/// The top level of a C file: functions, macros, types and what else there is, each with the comments before it.
struct CItem {
  /// What it is to those who might leave it out.
  enum Kind: Hashable {
    /// A function or a macro: needed only where its name is.
    case named(String)
    /// Anything else: always needed.
    case other
  }

  var kind: Kind
  var text: String

  /// The identifiers in it, comments left out, and those that the kernels' macros paste together.
  var references: Set<String> {
    var names = Set(CText.identifiers(in: CText.withoutComments(text)))
    // CNN_SPLIT(name, ...) and the like declare `p`, a pointer to cnn_name_parameters.
    if let kernel = Self.argument(of: "_SPLIT(", in: text) { names.insert("cnn_\(kernel)_parameters") }
    return names
  }

  init(_ text: String) {
    self.text = text
    kind = Self.kind(of: CText.withoutComments(text))
  }

  private static func kind(of text: String) -> Kind {
    let line = text.drop { $0.isWhitespace }
    if line.hasPrefix("#define ") {
      return .named(CText.identifiers(in: String(line.dropFirst(8))).first ?? "")
    }
    if line.hasPrefix("#") || line.hasPrefix("typedef") || line.hasPrefix("enum") { return .other }
    if line.hasPrefix("CNN_KERNEL("), let name = argument(of: "CNN_KERNEL(", in: text) {
      return .named("cnn_\(name)")
    }
    if let name = argument(of: "_SPLIT(", in: text), !line.hasPrefix("static") {
      return .named("cnn_\(name)_split")
    }
    // A function's name is the last identifier before its first parenthesis, attributes left out.
    let declaration = line.split(separator: "\n", maxSplits: 1)[0].replacing(
      "__attribute__((noinline))", with: "")
    guard line.hasPrefix("static") || line.hasPrefix("CNN_INLINE"), line.hasSuffix("}\n"),
      let open = declaration.firstIndex(of: "("), !declaration[..<open].contains("="),
      let name = CText.identifiers(in: String(declaration[..<open])).last
    else { return .other }
    return .named(name)
  }

  /// The first argument of a macro whose name ends so.
  private static func argument(of macro: String, in text: String) -> String? {
    guard let range = text.firstRange(of: macro) else { return nil }
    return CText.identifiers(in: String(text[range.upperBound...].prefix(80))).first
  }

  /// The items of a file without its include guard and its includes.
  static func items(of source: String) -> [CItem] {
    var items: [CItem] = []
    var text = ""
    var depth = 0
    var conditionals = 0
    var isContinued = false
    func isWhole() -> Bool {
      let code = CText.withoutComments(text).drop { $0.isWhitespace }
      if code.isEmpty { return false }
      return code.hasPrefix("#") || code.last { !$0.isWhitespace }.map { ";})".contains($0) } ?? false
    }
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
      if text.isEmpty && line.isEmpty { continue }
      text += line + "\n"
      let directive = line.drop { $0 == " " }
      if directive.hasPrefix("#if") { conditionals += 1 }
      if directive.hasPrefix("#endif") { conditionals -= 1 }
      let isDirective = isContinued || directive.hasPrefix("#")
      isContinued = isDirective && line.hasSuffix("\\")
      if !isDirective { depth += CText.depth(of: line) }
      guard depth == 0, conditionals == 0, !isContinued, isWhole() else { continue }
      items.append(CItem(text))
      text = ""
    }
    if !text.allSatisfy(\.isWhitespace) { items.append(CItem(text)) }
    return items
  }
}

/// What there is to know of C's text without parsing it.
enum CText {
  static func isIdentifier(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// Identifiers and keywords, in order.
  static func identifiers(in text: String) -> [String] {
    text.utf8.split { !isIdentifier($0) }.compactMap { word in
      guard let first = word.first, first > UInt8(ascii: "9") else { return nil }
      return String(Substring(word))
    }
  }

  /// Every line without its `//` comment: the sources have no others, and none in a string.
  static func withoutComments(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { line in line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line }
      .joined(separator: "\n")
  }

  /// Brackets that a line opens and does not close.
  static func depth(of line: Substring) -> Int {
    withoutComments(String(line)).utf8.reduce(0) { depth, byte in
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "{"), UInt8(ascii: "["): depth + 1
      case UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"): depth - 1
      default: depth
      }
    }
  }
}
