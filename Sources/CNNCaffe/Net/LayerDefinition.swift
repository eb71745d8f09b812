import CNNSpec

/// A layer of a prototxt, of either form: `layer { type: "ReLU" }`, or `layers { type: RELU }` of the older one.
struct LayerDefinition {
  /// A bottom or a top.
  struct Blob {
    var name: String
    var range: SourceRange
  }

  var name: String
  /// As the newer form calls it.
  var type: String
  var bottoms: [Blob]
  var tops: [Blob]
  /// Of the first top; nil where it is left out.
  var lossWeight: Float?
  let fields: FieldReader
  /// What a finding about all of it points to.
  let range: SourceRange

  /// What messages call it.
  var title: String { "`\(name)` (\(type))" }

  /// - Parameter isOld: whether it is of the older form.
  init(_ message: TextMessage, isOld: Bool, at place: SourceRange) throws(Refusal) {
    let name = try FieldReader(owner: "layer", message: message).string("name") ?? ""
    fields = FieldReader(owner: name, message: message)
    self.name = name
    if fields.has("layer") {
      throw Refusal(
        .unsupportedModel, "the network is of Caffe's first form, in which a layer holds another one",
        at: place,
        help: ["Caffe's tool `upgrade_net_proto_text OLD NEW` makes a newer form of it"])
    }
    guard let typeField = try fields.field("type") else {
      throw Refusal(.modelFile, "the layer `\(name)` has no `type`", at: place)
    }
    type = try Self.type(of: typeField, name, isOld: isOld)
    range = typeField.range
    bottoms = try fields.strings("bottom").map { Blob(name: $0.text, range: $0.range) }
    tops = try fields.strings("top").map { Blob(name: $0.text, range: $0.range) }
    lossWeight = try fields.reals("loss_weight").first
    let unknown = fields.unknown(besides: LayerTypes.fields.union(LayerTypes.parameters))
    if !unknown.isEmpty { throw .findings(unknown) }
  }

  private static func type(of field: TextField, _ name: String, isOld: Bool) throws(Refusal) -> String {
    switch field.value {
    case .string(let type) where !isOld: return type
    case .word(let word) where isOld:
      if let known = LayerTypes.old.first(where: { $0.word == word }) { return known.type }
      throw Refusal(
        .unsupportedModel, "`\(name)` has the type `\(word)`, which is not known", at: field.range,
        help: Nearest.help(word, among: LayerTypes.old.map(\.word)))
    case .integer(let number) where isOld && LayerTypes.old.indices.contains(number):
      return LayerTypes.old[number].type
    default:
      let form =
        isOld ? "a word: `layers { type: CONVOLUTION }`" : "a string: `layer { type: \"Convolution\" }`"
      throw Refusal(
        .modelFile, "`type` of `\(name)` is \(field.value.noun), expected \(form)", at: field.range,
        help: isOld ? ["`layer` has its type as a string, `layers` as a word"] : [])
    }
  }
}
