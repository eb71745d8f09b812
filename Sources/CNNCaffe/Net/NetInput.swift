import CNNGraph
import CNNSpec

/// What a network takes: the sizes of one image, and how the network's files say that an image becomes it.
struct NetInput {
  /// Without the batch: [C, H, W], or [F].
  var dimensions: [Int]
  /// How an image becomes it; nil where it is none.
  var preprocessing: Preprocessing?
  var notes: [String] = []
  /// The value of the wiring that it is.
  var value: Int

  /// - Throws: `model-file` or `unsupported-model`.
  init(
    _ net: NetDefinition, _ wiring: Wiring, for results: NetResults, model: CaffeModel?
  ) throws(Diagnostics) {
    let predictions = Set(results.losses.map { wiring.bottoms[$0][0] })
    let inputs = wiring.values.indices.filter { index in
      let value = wiring.values[index]
      // The labels that a loss reads are no input.
      guard predictions.contains(index) || value.readers.contains(where: results.needed.contains) else {
        return false
      }
      guard let layer = value.layer else { return true }
      return net.layers[layer].type == "Input" || LayerTypes.data.contains(net.layers[layer].type)
    }
    guard let first = inputs.first, inputs.count == 1 else {
      let names = inputs.prefix(8).map { "`\(wiring.values[$0].name)`" }.joined(separator: ", ")
      let place = inputs.dropFirst().first.map { Self.range(net, wiring.values[$0]) }
      throw Diagnostics(
        Diagnostic(
          .unsupportedModel,
          "expected one input, found \(inputs.count)\(names.isEmpty ? "" : ": \(names)")",
          at: place.map { .text($0) } ?? .file(net.text.name),
          help: inputs.isEmpty
            ? [
              "a network begins with an `Input` layer, with `input` and `input_shape`, or with a data layer of phase TEST"
            ]
            : []))
    }
    value = first
    dimensions = []
    do throws(Refusal) {
      try read(net, wiring, model)
    } catch {
      if case .findings(let all) = error { throw Diagnostics(all) }
      preconditionFailure("an input depends on nothing")
    }
    if preprocessing == nil { preprocessing = Self.convention(dimensions, &notes) }
  }

  private static func range(_ net: NetDefinition, _ value: Wiring.Value) -> SourceRange {
    value.layer.map { net.layers[$0].tops[value.index].range } ?? net.inputs[value.index].blob.range
  }

  /// What Caffe's own tools make of an image where nothing is said.
  private static func convention(_ dimensions: [Int], _ notes: inout [String]) -> Preprocessing? {
    guard dimensions.count == 3, [1, 3].contains(dimensions[0]) else { return nil }
    notes.append(
      "the network does not say how an image becomes its input: taken as Caffe's tools read one, \(dimensions[0] == 3 ? "blue first, " : "")0 to 255; add the `mean` and the `scale` that it was trained with"
    )
    return .caffe(channels: dimensions[0])
  }

  private mutating func read(_ net: NetDefinition, _ wiring: Wiring, _ model: CaffeModel?) throws(Refusal) {
    let source = wiring.values[value]
    let place = Self.range(net, source)
    var sizes: [Int]?
    if let index = source.layer {
      let layer = net.layers[index]
      if layer.type == "Input" {
        let shapes = try layer.fields.reader("input_param").readers("shape")
        if shapes.count == 1 || source.index < shapes.count {
          sizes = try shapes[shapes.count == 1 ? 0 : source.index].integers("dim", 1...FieldReader.largest)
        }
      } else {
        guard source.index == 0 else {
          throw Refusal(
            .unsupportedModel,
            "\(layer.title) gives labels as `\(source.name)`, which a layer of the network reads",
            at: place)
        }
        var data = try DataLayer(layer, net, model, at: place)
        sizes = [1] + data.dimensions
        preprocessing = try data.preprocessing()
        notes += data.notes
      }
    } else {
      sizes = net.inputs[source.index].dimensions
    }
    guard let sizes, sizes.count > 1 else {
      throw Refusal(
        .modelFile, "the input `\(source.name)` has no shape of batch x channels x height x width", at: place,
        help: ["write `input_param { shape { dim: 1 dim: 3 dim: 224 dim: 224 } }`"])
    }
    dimensions = Array(sizes.dropFirst())
    guard dimensions.count <= 15, Shape.ofImage(dimensions) != nil else {
      throw Refusal(.unsupportedModel, "the input `\(source.name)` is past 64 bits", at: place)
    }
  }
}
