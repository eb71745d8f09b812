/// A document into a ``Spec``: all that is wrong with it is reported, not the first thing only.
package struct SpecReader {
  package static let keys = [
    "cnnc", "name", "input", "network", "where", "blocks", "rounding", "outputs", "classes", "preprocess",
    "train",
  ]

  /// - Returns: the spec, or nil where what is missing or wrong leaves none.
  package static func read(
    _ document: DocumentValue, _ diagnostics: inout DiagnosticCollector
  ) -> Spec? {
    let map = MappingReader(document, "a spec", keys: keys, &diagnostics)
    guard case .mapping = document.content else { return nil }
    if let version = map.integer("cnnc", 0...Int.max, &diagnostics), version != 1 {
      diagnostics.error(
        .unsupportedVersion, "this program knows version 1 of the language, not \(version)",
        at: map["cnnc"]!.range)
    }
    let input = map.required(
      "input", help: "write `input: 3x224x224`, channels x height x width", &diagnostics
    )
    .flatMap { InputReader.read($0, &diagnostics) }
    var steps = StepReader()
    let network = map.required("network", help: "write `network: conv(16, 3) - relu`", &diagnostics)
      .map { steps.network($0, &diagnostics) }
    let bindings = map["where"].map { steps.bindings($0, &diagnostics) } ?? []
    let blocks = map["blocks"].map { self.blocks($0, &steps, &diagnostics) } ?? [:]
    let preprocessing =
      map["preprocess"].map { PreprocessingReader.read($0, input: input, &diagnostics) } ?? Preprocessing()
    let training = map["train"].map { TrainingReader.read($0, &diagnostics) } ?? TrainingRecipe()
    let rounding = map.word("rounding", among: ["exact", "floor", "ceil"], &diagnostics) ?? "exact"
    let name = self.name(map, document, &diagnostics)
    let outputs = map["outputs"].map { self.outputs($0, &diagnostics) } ?? []
    let classes = map["classes"].flatMap { self.classes($0, &diagnostics) }
    guard let input, let network else { return nil }
    return Spec(
      text: document.range.text, name: name, input: input, network: network, bindings: bindings,
      blocks: blocks, rounding: rounding, outputs: outputs, classes: classes,
      preprocessing: preprocessing, training: training)
  }

  /// A name as the language wants it: a letter, then letters, digits, `_` and `-`.
  static func isName(_ text: String, alsoDash: Bool = true) -> Bool {
    guard let first = text.utf8.first, Character(Unicode.Scalar(first)).isASCIILetter,
      text.utf8.count <= SpecLimits.nameLength
    else { return false }
    return text.unicodeScalars.allSatisfy {
      Character($0).isASCIILetter || ("0"..."9").contains($0) || $0 == "_" || (alsoDash && $0 == "-")
    }
  }

  private static func name(
    _ map: MappingReader, _ document: DocumentValue, _ diagnostics: inout DiagnosticCollector
  ) -> String {
    guard let value = map["name"] else { return stem(document.range.text.name) }
    if let text = value.scalar?.text, isName(text) { return text }
    diagnostics.error(
      .invalidName, "a name is letters, digits, `_` and `-`, a letter first, not \(value.noun)",
      at: value.range)
    return stem(document.range.text.name)
  }

  /// The file's name without folders and extension, with what a name may not hold replaced; `network` where there is no
  /// file.
  package static func stem(_ path: String) -> String {
    if path == SourceText.standardInput { return "network" }
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let bare = file.split(separator: ".").first.map(String.init) ?? file
    let name = String(bare.map { $0.isASCIILetter || ("0"..."9").contains($0) || $0 == "-" ? $0 : "_" })
    return isName(name)
      ? name : isName("n" + name) && !name.allSatisfy({ $0 == "_" }) ? "net_" + name : "network"
  }

  private static func outputs(
    _ value: DocumentValue, _ diagnostics: inout DiagnosticCollector
  ) -> [LabelSyntax] {
    MappingReader.items(value).compactMap { item in
      if let scalar = item.scalar {
        let text = scalar.text.hasPrefix("@") ? String(scalar.text.dropFirst()) : scalar.text
        if !text.isEmpty { return LabelSyntax(name: text, indices: [], range: scalar.range) }
      }
      diagnostics.error(.wrongType, "an output is a label, not \(item.noun)", at: item.range)
      return nil
    }
  }

  private static func classes(
    _ value: DocumentValue, _ diagnostics: inout DiagnosticCollector
  ) -> Spec.Classes? {
    if let scalar = value.scalar, !scalar.text.isEmpty { return .file(scalar.text, value.range) }
    guard case .sequence(let items) = value.content else {
      diagnostics.error(
        .wrongType, "`classes` is a list of labels or the name of a text file, not \(value.noun)",
        at: value.range)
      return nil
    }
    var labels: [String] = []
    for item in items {
      guard let text = item.scalar?.text else {
        diagnostics.error(.wrongType, "a class is a label, not \(item.noun)", at: item.range)
        return nil
      }
      labels.append(text)
    }
    return .labels(labels, value.range)
  }

  private static func blocks(
    _ value: DocumentValue, _ steps: inout StepReader, _ diagnostics: inout DiagnosticCollector
  ) -> [String: Spec.Block] {
    guard case .mapping(let entries) = value.content else {
      diagnostics.error(
        .wrongType, "`blocks` is a mapping from names to blocks, not \(value.noun)", at: value.range)
      return [:]
    }
    var blocks: [String: Spec.Block] = [:]
    for entry in MappingReader.withoutDuplicates(entries, &diagnostics) {
      let name = Word(text: entry.key.text, range: entry.key.range)
      guard isName(name.text, alsoDash: false), KindTable.kind(named: name.text) == nil else {
        let why =
          KindTable.kind(named: name.text) != nil
          ? "is a kind of layer" : "is no name: letters, digits and `_`, a letter first"
        diagnostics.error(.invalidName, "the block's name `\(name.text)` \(why)", at: name.range)
        continue
      }
      let map = MappingReader(
        entry.value, "a block", keys: ["parameters", "where", "network"], &diagnostics)
      let parameters = map["parameters"].map { self.parameters($0, &diagnostics) } ?? []
      let bindings = map["where"].map { steps.bindings($0, &diagnostics) } ?? []
      let network = map.required("network", help: "a block has steps like a network's", &diagnostics)
        .map { steps.network($0, &diagnostics) }
      if let other = blocks[name.text.lowercased()] {
        diagnostics.error(
          .duplicateKey,
          "`\(name.text)` differs from the block in line \(other.name.range.line) in the case of its letters only",
          at: name.range, help: ["give one of the two another name: kinds may be written `CONV` or `conv`"])
        continue
      }
      blocks[name.text.lowercased()] = Spec.Block(
        name: name, parameters: parameters, bindings: bindings, network: network ?? [])
    }
    return blocks
  }

  private static func parameters(
    _ value: DocumentValue, _ diagnostics: inout DiagnosticCollector
  ) -> [Spec.Block.Parameter] {
    guard case .mapping(let entries) = value.content else {
      diagnostics.error(
        .wrongType, "`parameters` is a mapping from names to defaults, not \(value.noun)",
        at: value.range, help: ["write `parameters: {filters: required, stride: 1}`"])
      return []
    }
    return MappingReader.withoutDuplicates(entries, &diagnostics).compactMap { entry in
      let name = Word(text: entry.key.text, range: entry.key.range)
      guard isName(name.text, alsoDash: false), !KindTable.reservedWords.contains(name.text.lowercased())
      else {
        let why = isName(name.text, alsoDash: false) ? "is a word of the language" : "is no name"
        diagnostics.error(.invalidName, "the parameter `\(name.text)` \(why)", at: name.range)
        return nil
      }
      if entry.value.scalar?.text == "required" { return Spec.Block.Parameter(name: name, fallback: nil) }
      return Spec.Block.Parameter(name: name, fallback: StepReader.value(entry.value, &diagnostics))
    }
  }
}

extension Character {
  var isASCIILetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
}

/// `3x224x224`, `3x?x?`, or `{channels: 3, height: 224, width: 224}`.
private enum InputReader {
  static func read(_ value: DocumentValue, _ diagnostics: inout DiagnosticCollector) -> Spec.Input? {
    var parts: [String]
    if case .mapping = value.content {
      let map = MappingReader(value, "`input`", keys: ["channels", "height", "width"], &diagnostics)
      parts = []
      for key in ["channels", "height", "width"] {
        guard let side = map.required(key, help: "write `input: 3x224x224`", &diagnostics) else { return nil }
        parts.append(side.scalar?.text ?? "")
      }
    } else {
      parts = (value.scalar?.text ?? "").split(separator: "x", omittingEmptySubsequences: false).map(
        String.init)
    }
    let numbers = parts.map { part -> Int?? in
      if part == "?" { return .some(nil) }
      guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(part), number > 0 else {
        return nil
      }
      return number
    }
    guard numbers.count == 3, let channels = numbers[0], let channels, let height = numbers[1],
      let width = numbers[2]
    else {
      diagnostics.error(
        .invalidValue, "`input` is one image, channels x height x width, each from 1, not \(value.noun)",
        at: value.range,
        help: ["write `input: 3x224x224`", "`input: 3x?x?` lists the square sizes that fit"])
      return nil
    }
    return Spec.Input(channels: channels, height: height, width: width, range: value.range)
  }
}
