// Patterns, steps, layers and `where`, as a schema.

extension SpecSchema {
  static let pattern = JSONValue.object([
    (
      "description",
      .string(
        "Layers joined by `-` or `,`: conv(16, 3, pad=1) - relu. `*N` repeats, `?` makes optional, `@label` "
          + "goes back to a value.")
    ),
    ("type", .string("string")), ("minLength", .integer(1)),
  ])

  static let network = any(
    nil, [reference("pattern"), array(reference("step"), atLeast: 1), reference("step")])

  /// A pattern, a repeat, or a layer's long form.
  static let step = JSONValue.object([
    ("type", .strings(["string", "object"])),
    ("if", .object([("type", .string("string"))])),
    ("then", reference("pattern")),
    (
      "else",
      .object([
        ("if", .object([("required", .strings(["repeat"]))])), ("then", reference("repeat")),
        ("else", reference("layer")),
      ])
    ),
  ])

  static let repetition = mapping(
    "Steps that are repeated; labels inside get the turn's number.",
    [
      ("repeat", number("How often: a number, a name, or an expression.", from: 0)),
      ("network", reference("network", "What is repeated.")),
    ], required: ["repeat", "network"])

  static let branches = array(reference("network"), atLeast: 1)

  /// `conv: {...}`, `conv:label: {...}`, `add: [...]`, or a block's call.
  static let layer: JSONValue = {
    let labelled = "(:[A-Za-z][A-Za-z0-9_]*)?$"
    let kinds = KindTable.all.flatMap { kind in
      ([kind.name] + kind.synonyms).map { (name: $0, schema: reference("kind_\(kind.name)")) }
    }
    return .object([
      ("description", .string("A layer in its long form, a join of branches, or a block's call.")),
      ("type", .string("object")), ("minProperties", .integer(1)), ("maxProperties", .integer(1)),
      ("properties", .object(kinds.map { ($0.name, $0.schema) })),
      ("patternProperties", .object(kinds.map { ("^" + caseless($0.name) + labelled, $0.schema) })),
      ("additionalProperties", reference("arguments")),
    ])
  }()

  /// The arguments of a block's call; which there are is the block's business.
  static let blockArguments = JSONValue.object([
    ("description", .string("A block's arguments by name, or the first one.")),
    ("type", .strings(["number", "string", "boolean", "array", "object", "null"])),
    ("additionalProperties", argumentValue),
  ])

  static let argumentValue = types(["number", "string", "boolean", "array"])

  /// `where`: kinds have their arguments, other names are counts, choices or labels.
  static let bindings = JSONValue.object([
    ("type", .string("object")),
    (
      "patternProperties",
      .object(
        KindTable.all.flatMap { kind in
          ([kind.name] + kind.synonyms).map { ("^" + caseless($0) + "$", reference("where_\(kind.name)")) }
        })
    ),
    ("additionalProperties", types(["number", "string", "boolean", "array", "object"])),
  ])

  // MARK: Kinds

  /// What may stand behind a kind's name: its arguments by name, or the first one.
  static func kind(_ kind: Kind, hasName: Bool) -> JSONValue {
    if KindTable.joinNames.contains(kind.name) {
      return described(
        "Output: \(kind.output). Parameters: \(kind.parameters).", [("$ref", .string("#/$defs/branches"))])
    }
    var properties: [Member] = kind.arguments.map { ($0.name, argument($0)) }
    if hasName {
      properties.append(("name", text("The layer's label.", "^[A-Za-z][A-Za-z0-9_]*$")))
    }
    return mapping(
      "Output: \(kind.output). Parameters: \(kind.parameters).", properties,
      types: ["number", "string", "boolean", "array", "object", "null"])
  }

  /// An argument: its own type, a name or an expression, or a list with one value for each turn of a repeat.
  private static func argument(_ argument: ArgumentSpec) -> JSONValue {
    var description = descriptions[argument.name] ?? argument.name
    var members: [Member]
    switch argument.type {
    case .count: members = numeric(from: 1)
    case .natural: members = numeric(from: 0)
    case .real: members = [("type", .strings(["number", "string", "array"]))]
    case .size: members = numeric(from: 1)
    case .naturalSize, .channelPair: members = numeric(from: 0)
    case .padding: members = numeric(from: 0)
    case .flag: members = [("type", .strings(["boolean", "string", "array"]))]
    case .word: members = [("type", .strings(["string", "array"]))]
    case .reference, .shape: members = [("type", .strings(["string", "array"]))]
    case .sizeOrReference: members = numeric(from: 1)
    case .connections: members = [("type", .strings(["array", "string"]))]
    }
    if !argument.words.isEmpty { members.append(("examples", .strings(argument.words))) }
    switch argument.default {
    case .required: description += " Required, here or in `where`."
    case .absent: break
    case .text(let text): members.append(("default", .string(text)))
    }
    return described(description, members)
  }

  private static func numeric(from least: Int) -> [Member] {
    [("type", .strings(["integer", "string", "array"])), ("minimum", .integer(least))]
  }

  /// What arguments mean, by name.
  static let descriptions = [
    "filters": "K, the number of filters: the output's channels.",
    "kernel": "F, the window: 3, or 3x5 (height x width).",
    "stride": "S, pixels from one window to the next: 2, or 2x1. A pool's is its kernel if left out.",
    "pad":
      "P, pixels of padding: 1, 1x2, TxBxLxR, `same` (the output is ceil(W1/S)), or `fit` (the least that fits).",
    "dilation": "Pixels from one element of the window to the next.",
    "groups": "Into how many groups the channels are split.",
    "bias": "Whether each output channel has a bias.",
    "connections": "For each filter, the input channels that it sees, from 0.",
    "rounding": "`exact`, `floor` or `ceil` for this window; the spec's if left out.",
    "multiplier": "Filters for each input channel.",
    "output_pad": "Rows and columns that are added at the bottom and on the right.",
    "count_pad": "Whether the average counts the padding's zeros.",
    "label": "The max pool that is undone: `@label`.",
    "units": "The number of outputs.",
    "slope": "The factor on negative values.",
    "alpha": "elu: the limit on the negative side; lrn: the factor on the sum of squares.",
    "eps": "What is added to the variance.",
    "momentum": "The share of a batch in the running statistics.",
    "beta": "The exponent.",
    "k": "What is added to the sum of squares.",
    "size": "lrn: channels; pad: pixels, 1 or TxBxLxR; crop: HxW, or `@label` for that value's size.",
    "rate": "The share of values that is dropped in training.",
    "shape": "The new shape: CxHxW.",
    "channels": "Channels of zeros: on both ends, or BxA.",
    "factor": "How many times larger: 2, or 2x1.",
    "mode": "`nearest` or `bilinear`.",
  ]
}
