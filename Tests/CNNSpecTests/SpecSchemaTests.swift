import Testing

@testable import CNNSpec

@Suite struct SpecSchemaTests {
  let schema = SpecSchema.json

  @Test func describesEveryKeyAndNoOther() throws {
    #expect(schema["properties"].keys == SpecReader.keys)
    #expect(schema["additionalProperties"].text == "false")
    #expect(schema["required"].text == #"["input", "network"]"#)
    for key in SpecReader.keys {
      let member = schema["properties", key]
      #expect(member["description"].isText, "\(key) has no description")
    }
  }

  @Test func referencesLeadSomewhere() {
    let names = Set(schema["$defs"].keys.map { "#/$defs/\($0)" })
    let references = schema.all("$ref").map(\.string)
    #expect(references.count > 50)
    for reference in references { #expect(names.contains(reference), "\(reference)") }
  }

  @Test(arguments: KindTable.all.map(\.name))
  func kindHasItsArguments(_ name: String) throws {
    let kind = try #require(KindTable.kind(named: name))
    let layer = schema["$defs", "kind_\(name)"]
    for spelling in [kind.name] + kind.synonyms {
      #expect(schema["$defs", "layer", "properties", "\(spelling)", "$ref"].string == "#/$defs/kind_\(name)")
    }
    guard !KindTable.joinNames.contains(name) else { return }
    #expect(layer["properties"].keys == kind.arguments.map(\.name) + ["name"])
    #expect(layer["additionalProperties"].text == "false")
    #expect(schema["$defs", "where_\(name)", "properties"].keys == kind.arguments.map(\.name))
    for argument in kind.arguments {
      #expect(SpecSchema.descriptions[argument.name] != nil, "\(argument.name) has no description")
    }
  }

  @Test func kindsAreFoundWhateverTheCaseOfTheirLetters() throws {
    let patterns = schema["$defs", "layer", "patternProperties"].keys
    #expect(patterns.contains("^[cC][oO][nN][vV](:[A-Za-z][A-Za-z0-9_]*)?$"))
    let regex = try Regex("^" + SpecSchema.caseless("leaky_relu") + "$")
    #expect("Leaky_ReLU".firstMatch(of: regex) != nil)
    #expect("relu".firstMatch(of: regex) == nil)
  }

  /// Readers say which keys they know when they get no mapping: those are the schema's.
  @Test(arguments: [
    ("preprocess: 3", ["properties", "preprocess"]),
    ("train: 3", ["properties", "train"]),
    ("train: {optimizer: {sgd: 3}}", ["properties", "train", "properties", "optimizer", "1", "sgd"]),
    ("train: {optimizer: {adam: 3}}", ["properties", "train", "properties", "optimizer", "1", "adam"]),
    ("train: {optimizer: {adamw: 3}}", ["properties", "train", "properties", "optimizer", "1", "adamw"]),
    ("train: {schedule: {constant: 3}}", ["properties", "train", "properties", "schedule", "1", "constant"]),
    ("train: {schedule: {step: 3}}", ["properties", "train", "properties", "schedule", "1", "step"]),
    ("train: {schedule: {cosine: 3}}", ["properties", "train", "properties", "schedule", "1", "cosine"]),
    (
      "train: {schedule: {one_cycle: 3}}",
      ["properties", "train", "properties", "schedule", "1", "one_cycle"]
    ),
    ("train: {augment: 3}", ["properties", "train", "properties", "augment", "0"]),
    ("blocks: {b: 3}", ["properties", "blocks", "additionalProperties"]),
  ])
  func keysAreTheReaders(_ line: String, _ path: [String]) throws {
    let text = SourceText(name: "spec.yaml", "input: 1x8x8\nnetwork: relu\n\(line)\n")
    var diagnostics = DiagnosticCollector()
    _ = SpecReader.read(try DocumentReader.read(text), &diagnostics)
    let finding = try #require(diagnostics.all.first { $0.code == .wrongType })
    let known = finding.help[0].matches(of: /`([a-z_0-9]+)`/).map { String($0.1) }.filter { $0 != path.last }
    var part = schema
    for step in path {
      if let option = Int(step) {
        part = part["anyOf", option]
      } else if path.contains("1"), step == path.last {
        part = part["properties", step]
      } else {
        part = part[step]
      }
    }
    #expect(part["properties"].keys == known)
    #expect(part["additionalProperties"].text == "false")
  }

  @Test func wordsOfARecipeAreTheReaders() {
    let train = schema["properties", "train", "properties"]
    #expect(train["optimizer", "anyOf", 0, "enum"].text == #"["sgd", "adam", "adamw"]"#)
    #expect(train["loss", "enum"].text == #"["cross_entropy", "mse"]"#)
    #expect(train["initializer", "enum"].text == #"["he", "glorot", "lecun"]"#)
    #expect(
      train["schedule", "anyOf", 0, "enum"].text == #"["constant", "step", "cosine", "one_cycle"]"#)
  }
}

extension JSONValue {
  fileprivate enum Step: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringInterpolation
  {
    case key(String)
    case index(Int)

    init(stringLiteral value: String) { self = .key(value) }
    init(integerLiteral value: Int) { self = .index(value) }
  }

  fileprivate subscript(path: Step...) -> JSONValue {
    path.reduce(self) { value, step in
      switch (value, step) {
      case (.object(let members), .key(let name)): members.first { $0.key == name }?.value ?? .null
      case (.array(let items), .index(let index)) where items.indices.contains(index): items[index]
      default: .null
      }
    }
  }

  fileprivate subscript(key: String) -> JSONValue { self[.key(key)] }
  fileprivate subscript(key: String, name: String) -> JSONValue { self[.key(key), .key(name)] }
  fileprivate subscript(key: String, index: Int) -> JSONValue { self[.key(key), .index(index)] }

  fileprivate var keys: [String] { if case .object(let members) = self { members.map(\.key) } else { [] } }
  fileprivate var string: String { if case .string(let text) = self { text } else { "" } }
  fileprivate var isText: Bool { !string.isEmpty }

  /// The values of a key anywhere inside.
  fileprivate func all(_ key: String) -> [JSONValue] {
    switch self {
    case .object(let members):
      members.flatMap { ($0.key == key ? [$0.value] : []) + $0.value.all(key) }
    case .array(let items): items.flatMap { $0.all(key) }
    default: []
    }
  }
}
