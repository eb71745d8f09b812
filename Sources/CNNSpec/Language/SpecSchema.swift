/// A JSON Schema of the spec language, made from the tables that the reader uses.
///
/// It is for editors: completion, descriptions and the mistakes that need no shapes. Editors read scalars by
/// YAML's rules, so a number may come as text (`1/255`, `2*filters`, `3x3`), and `yes` as either.
package enum SpecSchema {
  typealias Member = (key: String, value: JSONValue)

  package static var json: JSONValue {
    .object([
      ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      ("title", .string("cnnc spec, version 1")),
      ("description", .string("A convolutional neural network.")),
      ("type", .string("object")),
      ("properties", .object(SpecReader.keys.map { ($0, key($0)) })),
      ("required", .strings(["input", "network"])),
      ("additionalProperties", .bool(false)),
      ("$defs", .object(definitions)),
    ])
  }

  /// The schema of a top-level key.
  private static func key(_ name: String) -> JSONValue {
    switch name {
    case "cnnc": choice("Version of the language; 1 if left out.", [.integer(1), .string("1")])
    case "name":
      text(
        "The model's name; left out: the file's without extension.", "^[A-Za-z][A-Za-z0-9_-]*$")
    case "input": input
    case "network": reference("network", "The layers: a pattern, or a list of steps.")
    case "where": reference("where", "What the names in the patterns stand for: counts and arguments.")
    case "blocks": blocks
    case "rounding":
      words(
        "What happens where a window does not come out whole: an error, or W2 = (W1 - F + 2P)/S + 1 rounded.",
        ["exact", "floor", "ceil"])
    case "outputs":
      oneOrMore("Labels whose values the network returns; left out: the last value.", string)
    case "classes":
      any(
        "The classes' labels, or the name of a text file beside the spec, one label a line.",
        [string, array(types(["string", "number", "boolean", "null"]))])
    case "preprocess": preprocess
    case "train": train
    default: preconditionFailure("the schema does not know the key \(name)")
    }
  }

  private static let definitions: [Member] = {
    var members: [Member] = [
      ("pattern", pattern), ("network", network), ("step", step), ("repeat", repetition),
      ("branches", branches), ("layer", layer), ("where", bindings), ("arguments", blockArguments),
    ]
    for kind in KindTable.all { members.append(("kind_\(kind.name)", SpecSchema.kind(kind, hasName: true))) }
    for kind in KindTable.all {
      members.append(("where_\(kind.name)", SpecSchema.kind(kind, hasName: false)))
    }
    return members
  }()

  // MARK: Keys

  private static let input: JSONValue = {
    let number = "0*[1-9][0-9]*"
    let side: JSONValue = any(
      "Pixels from 1, or `?`.", [integer(from: 1), text(nil, "^(\\?|\(number))$")])
    let channels = any("Channels from 1.", [integer(from: 1), text(nil, "^\(number)$")])
    return any(
      "One image, channels x height x width: 3x224x224. `3x?x?` asks which square sizes fit.",
      [
        text(nil, "^\(number)x(\\?|\(number))x(\\?|\(number))$"),
        mapping(
          nil, [("channels", channels), ("height", side), ("width", side)],
          required: ["channels", "height", "width"]),
      ])
  }()

  private static let blocks: JSONValue = {
    let names = KindTable.names.map(caseless).joined(separator: "|")
    let reserved = KindTable.reservedWords.sorted().map(caseless).joined(separator: "|")
    let parameters = JSONValue.object([
      ("description", .string("The block's parameters: `required`, or a default.")),
      ("type", .string("object")),
      ("propertyNames", name(except: reserved)),
      ("additionalProperties", argumentValue),
    ])
    let block = mapping(
      "A named part of a network, called like a kind of layer.",
      [
        ("parameters", parameters),
        ("where", reference("where", "Counts and arguments inside the block; the spec's do not enter it.")),
        ("network", reference("network", "The block's steps.")),
      ], required: ["network"])
    return .object([
      ("description", .string("Named, parameterised parts of the network.")),
      ("type", .string("object")),
      ("propertyNames", name(except: names)),
      ("additionalProperties", block),
    ])
  }()

  private static func name(except words: String) -> JSONValue {
    .object([("pattern", .string("^(?!(\(words))$)[A-Za-z][A-Za-z0-9_]*$"))])
  }

  // MARK: Pieces

  static let string = JSONValue.object([("type", .string("string"))])

  /// Any number from a bound, as a number or as an expression.
  static func number(_ description: String? = nil, from least: Int? = nil) -> JSONValue {
    var members: [Member] = [("type", .strings(["number", "string"]))]
    if let least { members.append(("minimum", .integer(least))) }
    return described(description, members)
  }

  static func integer(_ description: String? = nil, from least: Int) -> JSONValue {
    described(description, [("type", .strings(["integer", "string"])), ("minimum", .integer(least))])
  }

  static func types(_ names: [String]) -> JSONValue { .object([("type", .strings(names))]) }

  static func array(_ items: JSONValue, atLeast count: Int = 0) -> JSONValue {
    var members: [Member] = [("type", .string("array")), ("items", items)]
    if count > 0 { members.append(("minItems", .integer(count))) }
    return .object(members)
  }

  static func oneOrMore(_ description: String, _ item: JSONValue) -> JSONValue {
    any(description, [item, array(item)])
  }

  static func any(_ description: String?, _ schemas: [JSONValue]) -> JSONValue {
    described(description, [("anyOf", .array(schemas))])
  }

  static func choice(_ description: String?, _ values: [JSONValue]) -> JSONValue {
    described(description, [("enum", .array(values))])
  }

  static func words(_ description: String?, _ words: [String]) -> JSONValue {
    choice(description, words.map { .string($0) })
  }

  static func text(_ description: String?, _ pattern: String) -> JSONValue {
    described(description, [("type", .string("string")), ("pattern", .string(pattern))])
  }

  /// A mapping that refuses other keys.
  static func mapping(
    _ description: String?, _ properties: [Member], required: [String] = [],
    types: [String] = ["object"]
  ) -> JSONValue {
    var members: [Member] = [
      ("type", types.count == 1 ? .string(types[0]) : .strings(types)), ("properties", .object(properties)),
    ]
    if !required.isEmpty { members.append(("required", .strings(required))) }
    return described(description, members + [("additionalProperties", .bool(false))])
  }

  static func reference(_ definition: String, _ description: String? = nil) -> JSONValue {
    described(description, [("$ref", .string("#/$defs/\(definition)"))])
  }

  static func described(_ description: String?, _ members: [Member]) -> JSONValue {
    guard let description else { return .object(members) }
    return .object([("description", .string(description))] + members)
  }

  /// A regular expression for a word whatever the case of its letters.
  static func caseless(_ word: String) -> String {
    word.map { $0.isLetter ? "[\($0.lowercased())\($0.uppercased())]" : String($0) }.joined()
  }
}
