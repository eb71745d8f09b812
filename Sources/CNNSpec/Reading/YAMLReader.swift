import CYaml

/// YAML 1.1 through libyaml's event parser into a ``DocumentValue``.
struct YAMLReader {
  private let parser: Parser
  private let text: SourceText
  private let offsets: CodePointOffsets
  private var anchors: [String: (value: DocumentValue, count: Int)] = [:]
  private var openAnchors: Set<String> = []
  private var aliasedValues = 0
  private var values = 0

  static func read(_ text: SourceText) throws(Diagnostics) -> DocumentValue {
    var reader = YAMLReader(text)
    return try reader.document()
  }

  private init(_ text: SourceText) {
    self.text = text
    offsets = CodePointOffsets(text.bytes)
    parser = Parser(Array(text.bytes[offsets.start...]))
  }

  private mutating func document() throws(Diagnostics) -> DocumentValue {
    _ = try next()  // The stream's start.
    let start = try next()
    guard start.kind == .documentStart else {
      throw Diagnostics(
        Diagnostic(
          .emptySpec, "the file is empty", at: SourceRange(text: text, start: 0, end: 0),
          help: ["a spec needs at least `input: 3x32x32` and `network: conv(16, 3) - relu`"]))
    }
    let root = try value(try next(), depth: 0).value
    _ = try next()  // The document's end.
    let behind = try next()
    guard behind.kind == .streamEnd else {
      throw Diagnostics(
        Diagnostic(
          .yamlSyntax, "a second document starts here", at: behind.range,
          help: ["a spec is one document: give the second one a file of its own"]))
    }
    return root
  }

  /// The value that an event starts, and how many values it stands for.
  private mutating func value(
    _ event: Event, depth: Int
  ) throws(Diagnostics) -> (value: DocumentValue, count: Int) {
    guard depth <= SpecLimits.nesting else {
      throw Diagnostics(
        Diagnostic(
          .nestingTooDeep, "nested more than \(SpecLimits.nesting) deep", at: event.range,
          help: ["give the inner part a name under `blocks`"]))
    }
    values += 1
    guard values <= SpecLimits.values else {
      throw Diagnostics(
        Diagnostic(.fileTooLarge, "a spec has at most \(SpecLimits.values) values", at: event.range))
    }
    if let tag = event.tag {
      throw Diagnostics(
        Diagnostic(
          .yamlSyntax, "the tag `\(tag)` means nothing here", at: event.range, help: ["leave it out"]))
    }
    let result: (value: DocumentValue, count: Int)
    if let anchor = event.anchor, event.kind != .alias { openAnchors.insert(anchor) }
    switch event.kind {
    case .alias: return try alias(event)
    // A long text is read as often as it is named, so it counts for more.
    case .scalar:
      result = (DocumentValue(.scalar(event.scalar), event.range), 1 + event.text.utf8.count / 64)
    case .sequenceStart: result = try sequence(event, depth: depth)
    case .mappingStart: result = try mapping(event, depth: depth)
    default: preconditionFailure("libyaml gave \(event.kind) where a value starts")
    }
    if let anchor = event.anchor {
      openAnchors.remove(anchor)
      anchors[anchor] = result
    }
    return result
  }

  private mutating func sequence(
    _ start: Event, depth: Int
  ) throws(Diagnostics) -> (value: DocumentValue, count: Int) {
    var items: [DocumentValue] = []
    var count = 1
    while true {
      let event = try next()
      if event.kind == .sequenceEnd {
        return (DocumentValue(.sequence(items), start.range.union(event.range)), count)
      }
      let item = try value(event, depth: depth + 1)
      items.append(item.value)
      count += item.count
    }
  }

  private mutating func mapping(
    _ start: Event, depth: Int
  ) throws(Diagnostics) -> (value: DocumentValue, count: Int) {
    var entries: [DocumentEntry] = []
    var count = 1
    while true {
      let event = try next()
      if event.kind == .mappingEnd {
        return (DocumentValue(.mapping(entries), start.range.union(event.range)), count)
      }
      let key = try value(event, depth: depth + 1)
      guard let keyScalar = key.value.scalar else {
        throw Diagnostics(
          Diagnostic(
            .yamlSyntax, "a key is text, not \(key.value.noun)", at: key.value.range,
            help: ["quote the pattern"]))
      }
      let item = try value(try next(), depth: depth + 1)
      entries.append(DocumentEntry(key: keyScalar, value: item.value))
      count += 1 + item.count
    }
  }

  private mutating func alias(_ event: Event) throws(Diagnostics) -> (value: DocumentValue, count: Int) {
    let name = event.anchor ?? ""
    guard let target = anchors[name], !openAnchors.contains(name) else {
      let why = openAnchors.contains(name) ? "stands inside what it names" : "names no anchor before it"
      throw Diagnostics(Diagnostic(.yamlSyntax, "the alias `*\(name)` \(why)", at: event.range))
    }
    aliasedValues += target.count
    guard aliasedValues <= SpecLimits.aliasedValues else {
      throw Diagnostics(
        Diagnostic(
          .aliasLimit,
          "the aliases stand for more than \(SpecLimits.aliasedValues) values", at: event.range,
          help: ["use `repeat` or a block for what occurs often"]))
    }
    return target
  }

  // MARK: Events

  private struct Event {
    enum Kind {
      case documentStart, scalar, alias, sequenceStart, sequenceEnd, mappingStart, mappingEnd, other,
        streamEnd
    }
    var kind: Kind
    var range: SourceRange
    var anchor: String?
    var tag: String?
    var text = ""
    var style = Scalar.Style.plain

    var scalar: Scalar { Scalar(text, style, range) }
  }

  private func next() throws(Diagnostics) -> Event {
    guard let event = parser.next(convert) else { throw syntaxError() }
    return event
  }

  private func convert(_ event: borrowing yaml_event_t) -> Event {
    let range = SourceRange(
      text: text, start: offsets[event.start_mark.index], end: offsets[event.end_mark.index])
    func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
      pointer.map { String(cString: $0) }
    }
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, range: range)
    case YAML_STREAM_END_EVENT: return Event(kind: .streamEnd, range: range)
    case YAML_ALIAS_EVENT:
      return Event(kind: .alias, range: range, anchor: string(event.data.alias.anchor))
    case YAML_SEQUENCE_START_EVENT:
      let data = event.data.sequence_start
      return Event(kind: .sequenceStart, range: range, anchor: string(data.anchor), tag: string(data.tag))
    case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, range: range)
    case YAML_MAPPING_START_EVENT:
      let data = event.data.mapping_start
      return Event(kind: .mappingStart, range: range, anchor: string(data.anchor), tag: string(data.tag))
    case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, range: range)
    case YAML_SCALAR_EVENT:
      let data = event.data.scalar
      let bytes = UnsafeBufferPointer(start: data.value, count: data.length)
      let style: Scalar.Style =
        switch data.style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
      return Event(
        kind: .scalar, range: range, anchor: string(data.anchor), tag: string(data.tag),
        text: String(decoding: bytes, as: UTF8.self), style: style)
    default: return Event(kind: .other, range: range)
    }
  }

  private func syntaxError() -> Diagnostics {
    let problem = parser.problem
    let offset = problem.byte.map { min(offsets.start + $0, text.bytes.count) } ?? offsets[problem.index]
    var help: [String] = []
    let line = text.line(text.position(of: min(offset, max(0, text.bytes.count - 1))).line)
    if line.contains("\t") {
      help.append("indent with spaces: YAML does not allow tabs there")
    }
    if line.contains(where: { "[]@(){}?*".contains($0) }) { help.append("quote the pattern") }
    return Diagnostics(
      Diagnostic(
        .yamlSyntax, problem.message, at: SourceRange(text: text, start: offset, end: offset), help: help))
  }
}

/// libyaml's parser with the memory that it points into.
private final class Parser {
  // The C structure must not move, and keeps a pointer to the bytes.
  private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
  private let bytes: UnsafeMutableBufferPointer<UInt8>

  init(_ utf8: [UInt8]) {
    bytes = .allocate(capacity: max(utf8.count, 1))
    _ = bytes.initialize(from: utf8)
    parser.initialize(to: yaml_parser_t())
    precondition(yaml_parser_initialize(parser) == 1, "libyaml has no memory")
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, utf8.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    bytes.deallocate()
  }

  /// The next event, or nil at a syntax error.
  func next<Result>(_ body: (borrowing yaml_event_t) -> Result) -> Result? {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { return nil }
    defer { yaml_event_delete(&event) }
    return body(event)
  }

  /// What was wrong, in libyaml's words, and the code point where, or the byte where a code point is illegal.
  var problem: (message: String, index: Int, byte: Int?) {
    let state = parser.pointee
    let message = state.problem.map { String(cString: $0) } ?? "not YAML"
    let isReader = state.error == YAML_READER_ERROR
    let context = state.context.map { String(cString: $0) + ": " } ?? ""
    return (context + message, Int(state.problem_mark.index), isReader ? Int(state.problem_offset) : nil)
  }
}

/// Byte offsets of a text's code points, which is how libyaml counts.
private struct CodePointOffsets {
  /// Behind the byte order mark, if there is one.
  let start: Int
  /// Empty where every code point is one byte.
  private let table: [Int]
  private let end: Int

  init(_ bytes: [UInt8]) {
    start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    end = bytes.count
    let isASCII = bytes[start...].allSatisfy { $0 < 0x80 }
    let first = start
    table = isASCII ? [] : (first..<bytes.count).filter { bytes[$0] & 0xC0 != 0x80 }
  }

  subscript(index: some BinaryInteger) -> Int {
    let index = Int(index)
    if table.isEmpty { return min(start + index, end) }
    return index < table.count ? table[index] : end
  }
}
