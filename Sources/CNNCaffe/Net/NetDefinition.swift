import CNNSpec

/// A network as a prototxt says it: the layers that there are in a test, in the order of the text.
package struct NetDefinition {
  /// An `input` of the net itself.
  struct Input {
    var blob: LayerDefinition.Blob
    /// The batch first; nil where the text does not say it.
    var dimensions: [Int]?
  }

  package let text: SourceText
  let inputs: [Input]
  let layers: [LayerDefinition]

  /// - Throws: `model-file` and `unsupported-model`, all findings at once.
  package init(_ text: SourceText) throws(Diagnostics) {
    self.text = text
    let message = try TextParser.message(text)
    let fields = FieldReader(owner: "the net", message: message)
    var findings = DiagnosticCollector()
    func collecting<Value>(_ body: () throws(Refusal) -> Value) -> Value? {
      do throws(Refusal) {
        return try body()
      } catch {
        if case .findings(let all) = error { for finding in all { findings.report(finding) } }
        return nil
      }
    }
    if let solver = Self.solverFields.lazy.compactMap(fields.range).first {
      throw Diagnostics(
        Diagnostic(
          .modelFile, "the file says how a network is trained, not what it is", at: solver,
          help: ["give the file that its field `net` names"]))
    }
    for finding in fields.unknown(besides: Self.fields) { findings.report(finding) }
    inputs = collecting { () throws(Refusal) in try Self.inputs(fields, message.range) } ?? []
    let state = collecting { () throws(Refusal) in try NetState(fields.reader("state")) }
    var layers: [LayerDefinition] = []
    for field in message.fields where field.name == "layer" || field.name == "layers" {
      // Each further one would be compared with all names that there are, and then be dropped.
      if findings.isFull { break }
      let layer = collecting { () throws(Refusal) -> LayerDefinition? in
        guard case .message(let message) = field.value else {
          throw Refusal(
            .modelFile, "`\(field.name)` is \(field.value.noun), expected a message in braces",
            at: field.range)
        }
        let layer = try LayerDefinition(message, isOld: field.name == "layers", at: field.nameRange)
        return try state?.includes(layer) == false ? nil : layer
      }
      if case let layer?? = layer { layers.append(layer) }
    }
    self.layers = layers
    guard !findings.hasErrors else { throw Diagnostics(findings.findings) }
    guard !layers.isEmpty else {
      throw Diagnostics(
        Diagnostic(
          .modelFile, "the network has no layers", at: .file(text.name),
          help: ["is this the text of a Caffe network? Layers of phase TRAIN alone are left out"]))
    }
  }

  private static let fields: Set<String> = [
    "name", "input", "input_shape", "input_dim", "force_backward", "state", "debug_info", "layer", "layers",
  ]

  private static let solverFields = ["base_lr", "solver_mode", "lr_policy", "train_net", "test_net", "net"]

  /// The inputs with their `input_shape`s, or four `input_dim`s each.
  private static func inputs(_ fields: FieldReader, _ whole: SourceRange) throws(Refusal) -> [Input] {
    let names = try fields.strings("input")
    let shapes = try fields.readers("input_shape")
    let sides = try fields.integers("input_dim", 1...FieldReader.largest)
    guard shapes.isEmpty || shapes.count == names.count, sides.isEmpty || sides.count == 4 * names.count,
      shapes.isEmpty || sides.isEmpty
    else {
      throw Refusal(
        .modelFile,
        "there are \(names.count) `input`, \(shapes.count) `input_shape` and \(sides.count) `input_dim`, expected one shape or four sides for each input",
        at: fields.range("input_dim") ?? fields.range("input_shape") ?? whole)
    }
    var inputs: [Input] = []
    for (index, name) in names.enumerated() {
      var dimensions: [Int]?
      if !shapes.isEmpty {
        dimensions = try shapes[index].integers("dim", 1...FieldReader.largest)
      } else if !sides.isEmpty {
        dimensions = Array(sides[4 * index..<4 * index + 4])
      }
      inputs.append(Input(blob: .init(name: name.text, range: name.range), dimensions: dimensions))
    }
    return inputs
  }
}
