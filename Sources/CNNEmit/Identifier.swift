import CNNSpec

/// What an emitted network is called in the target language: a Swift type, `LeNet5`, or what every name of the C code
/// begins with, `lenet5`.
enum Identifier {
  /// The identifier for a spec.
  /// - Parameter chosen: what the user wants instead of the spec's name.
  /// - Throws: `invalid-name` with what would fit.
  static func of(_ spec: Spec, chosen: String?, for language: TargetLanguage) throws(Diagnostics) -> String {
    if let chosen {
      if let fault = fault(of: chosen, in: language) {
        throw invalid("`\(chosen)` \(fault)", at: .none, suggesting: usable(chosen, in: language))
      }
      return chosen
    }
    let place = Diagnostic.Place.file(spec.text.name)
    let stem = bareStem(spec.text.name)
    // The spec's name has `_` for what a name may not hold, which nobody would want in a program.
    if spec.name != stem, spec.name == SpecReader.stem(spec.text.name) {
      throw invalid(
        "`\(stem)`, the name of the spec's file, is no name in \(language.title)", at: place,
        suggesting: usable(stem, in: language))
    }
    let name = derived(from: spec.name, in: language)
    if let fault = fault(of: name, in: language) {
      throw invalid("`\(name)`, the spec's name, \(fault)", at: place, suggesting: usable(name, in: language))
    }
    return name
  }

  private static func invalid(
    _ message: String, at place: Diagnostic.Place, suggesting name: String
  ) -> Diagnostics {
    Diagnostics(
      Diagnostic(
        .invalidName, message, at: place,
        help: ["choose another, such as `--type-name \(name)`, or a `name` in the spec"]))
  }

  /// Why something is no identifier; nil if it is one.
  private static func fault(of name: String, in language: TargetLanguage) -> String? {
    guard let first = name.utf8.first else { return "is empty" }
    guard isLetter(first), name.utf8.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") })
    else {
      return "is no name in \(language.title): letters, digits and `_`, a letter first"
    }
    if language.reservedWords.contains(name) { return "means something else in \(language.title)" }
    let clashes = language == .c ? CNames.clash(name) : name.hasPrefix(CNames.prefix)
    return clashes ? "is what names in the kernels begin with" : nil
  }

  /// A name like one that cannot be taken, which can.
  private static func usable(_ name: String, in language: TargetLanguage) -> String {
    let kept = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    let words = kept.split(separator: "_").joined(separator: "_")
    let tail = words.drop { !$0.isLetter }
    let candidate = derived(from: tail.isEmpty ? "network" : String(tail), in: language)
    guard fault(of: candidate, in: language) != nil else { return candidate }
    return candidate + (language == .swift ? "Network" : "_network")
  }

  /// The spec's name as the language writes names.
  private static func derived(from name: String, in language: TargetLanguage) -> String {
    switch language {
    case .swift: swiftType(name)
    case .c: String(name.lowercased().map { $0 == "-" ? "_" : $0 })
    }
  }

  /// `lenet5` is `LeNet5`, `resnet20-cifar` is `ResNet20Cifar`.
  private static func swiftType(_ name: String) -> String {
    name.split { $0 == "-" || $0 == "_" }.map { part in
      let letters = part.prefix { $0.isLetter }
      let word = wellKnown[letters.lowercased()] ?? letters.prefix(1).uppercased() + letters.dropFirst()
      return word + part.dropFirst(letters.count)
    }.joined()
  }

  /// Networks as their papers write them.
  private static let wellKnown = [
    "alexnet": "AlexNet", "densenet": "DenseNet", "googlenet": "GoogLeNet", "lenet": "LeNet",
    "mobilenet": "MobileNet", "resnet": "ResNet", "squeezenet": "SqueezeNet", "unet": "UNet", "vgg": "VGG",
    "zfnet": "ZFNet",
  ]

  /// A file's name without folders and extension.
  private static func bareStem(_ path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    return String(file.split(separator: ".").first ?? file)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

/// Names in C, which all share one space.
private enum CNames {
  /// What the kernels' own names begin with, which Swift sees too: `cnn_copy_parameters`.
  static let prefix = "cnn_"

  /// What emitted names end in, behind the network's own.
  private static let endings = ["_run", "_preprocess", "_labels", "_weights", "_weights_are_right"]

  private static let ofKernels = Set(
    KernelSources.texts.flatMap { CText.identifiers(in: CText.withoutComments("\($0.text)")) })

  /// Whether a network of this name would declare what kernels declare too.
  static func clash(_ name: String) -> Bool {
    name.hasPrefix(prefix) || endings.contains { ofKernels.contains(name + $0) }
  }
}

extension TargetLanguage {
  /// What names of the program may not be: the language's words, and the types that emitted code names.
  var reservedWords: Set<String> {
    switch self {
    case .swift: Self.swiftWords
    case .c: Self.cWords
    }
  }

  private static let swiftWords: Set<String> = [
    // Keywords in lower case cannot be types' names by our rules, but by the user's choice.
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
    "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if",
    "import",
    "in", "init", "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private",
    "protocol",
    "public", "repeat", "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch",
    "throw",
    "main", "throws", "true", "try", "typealias", "var", "where", "while",
    "Any", "AnyObject", "Protocol", "Self", "Type",
    "Array", "Bool", "CNNEmbedding", "CNNKernels", "CaseIterable", "Copyable", "CustomStringConvertible",
    "Double",
    "KernelCalls", "EmbeddedInput", "EmbeddedNetwork", "EmbeddedTensor", "EmbeddedTraining",
    "EmbeddedWeights",
    "EmbeddingError", "Float", "Input",
    "preconditionFailure",
    "Int", "Label", "Never", "Optional", "Result", "Sendable", "Span", "StaticString", "String", "Swift",
    "Training", "UInt64", "UInt8", "Void",
    "UnsafeMutableRawPointer", "Weights",
  ]

  /// Words of C and C++, the prefix of the kernels, and the headers of C's library.
  private static let cWords: Set<String> = [
    "alignas", "alignof", "and", "asm", "auto", "bool", "break", "case", "catch", "char", "class", "cnn",
    "const",
    "constexpr", "continue", "decltype", "default", "delete", "do", "double", "else", "enum", "explicit",
    "export",
    "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable",
    "namespace", "new",
    "noexcept", "not", "nullptr", "operator", "or", "private", "protected", "public", "register", "requires",
    "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "template", "this",
    "throw",
    "true", "try", "typedef", "typename", "union", "unsigned", "using", "virtual", "void", "volatile",
    "while", "xor",
    "assert", "complex", "ctype", "errno", "fenv", "inttypes", "iso646", "limits", "locale", "main",
    "math", "setjmp", "signal", "stdarg", "stdbool", "stddef", "stdint", "stdio", "stdlib", "string",
    "tgmath",
    "time", "wchar", "wctype",
  ]
}
