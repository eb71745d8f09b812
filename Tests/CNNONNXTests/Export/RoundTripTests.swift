import CNN
import CNNGraph
import CNNImport
import CNNONNX
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// Spec, ONNX, spec: the same network.
struct RoundTripTests {
  static let folder = OperatorTableTests.root + "/specs"

  /// The shipped specs, but for those whose weights take long to write unless `CNNC_EVERY_SPEC` is set.
  static let specs: [String] = {
    let names = ((try? FileSystem.names(in: folder)) ?? []).filter { $0.hasSuffix(".yaml") }
    if ProcessInfo.processInfo.environment["CNNC_EVERY_SPEC"] != nil { return names }
    let large = [
      "alexnet", "zfnet", "vgg16", "vgg19", "resnet34", "resnet50", "resnet101", "resnet152", "unet",
    ]
    return names.filter { name in !large.contains { name.hasPrefix($0) } }
  }()

  private static func model(_ path: String) throws -> Model {
    // A family's largest member.
    if path.hasSuffix("lecture.yaml") {
      return try Model(contentsOf: path, where: ["N": 2, "M": 3, "K": 2])
    }
    return try Model(contentsOf: path)
  }

  /// A layer that computes something, as far as it means anything.
  private struct Step: Equatable, CustomStringConvertible {
    var name: String
    var kind: String
    var operators: [Op]
    /// Which steps it reads, -1 for the network's input.
    var inputs: [Int]
    var tensors: [[Int]]

    var description: String { "\(name): \(kind) \(operators) of \(inputs), \(tensors)" }
  }

  /// Layers that change no number and no place of one: a fully connected layer flattens by itself.
  private static let views: Set<String> = ["identity", "flatten", "reshape"]

  private static func steps(_ network: CheckedNetwork) -> [Step] {
    var steps: [Step] = []
    var places: [Int] = []
    func place(_ input: LayerInput) -> Int { if case .layer(let index) = input { places[index] } else { -1 } }
    for layer in network.layers {
      guard let kind = layer.layer.kind, !views.contains(kind) else {
        places.append(place(layer.layer.inputs[0]))
        continue
      }
      places.append(steps.count)
      let (meaning, operators) = meaning(layer, kind)
      steps.append(
        Step(
          name: layer.name.replacing(".", with: "_"), kind: meaning, operators: operators,
          inputs: layer.inputs.map(place), tensors: layer.parameters.map(\.spec.dimensions)))
    }
    return steps
  }

  /// What the layer computes first, and its kind; a mean over the whole image is one whatever its stride.
  private static func meaning(_ layer: CheckedLayer, _ kind: String) -> (String, [Op]) {
    guard case .pool2d(var pool)? = layer.operators.first, ["avgpool", "maxpool"].contains(kind),
      pool.window.kernel == layer.inputShapes?.first?.size, pool.window.padding == .none
    else { return (kind, layer.operators) }
    pool.window.stride = Size2D(1)
    return (kind == "avgpool" ? "globalavgpool" : "globalmaxpool", [.pool2d(pool)])
  }

  /// Numbers between -1 and 1 for one image.
  private static func image(_ model: Model) -> [Float] {
    var numbers = SeededNumbers(seed: 5)
    return (0..<model.inputShape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &numbers) }
  }

  private static func scores(_ model: Model, _ weights: Weights) throws -> [[UInt32]] {
    let compiled = try model.compile(weights: .tensors(weights))
    var session = try compiled.makeSession()
    _ = try session.run(image(model))
    return try model.outputNames.map { try session.output($0).map(\.bitPattern) }
  }

  private static func check(_ model: Model) throws {
    let weights = try model.load(.random(seed: 3))
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/\(model.name).onnx"
    try ExportedModel(model.network).write(weights, to: path)
    let imported = try ImportedNetwork(onnx: path)
    #expect(imported.notes.isEmpty)
    let again = try Model(imported.source.report())
    let (before, after) = (steps(model.network), steps(again.network))
    #expect(before.count == after.count)
    for (a, b) in zip(before, after) { #expect(a == b) }
    #expect(model.network.spec.preprocessing == again.network.spec.preprocessing)
    #expect(model.classes == again.classes)
    #expect(
      model.outputNames.map { $0.replacing(".", with: "_") }
        == again.outputNames.map { $0.replacing(".", with: "_") })
    let found = try #require(try imported.weights())
    for (a, b) in zip(model.tensors, again.tensors) {
      #expect(a.name.dropLastPart.replacing(".", with: "_") == b.name.dropLastPart.replacing(".", with: "_"))
      #expect(weights.values(of: a.name) == found.values(of: b.name), "\(a.name)")
    }
    #expect(try scores(model, weights) == scores(again, found))
  }

  @Test(arguments: specs) func `shipped specs come back as they were`(name: String) throws {
    try Self.check(Self.model(Self.folder + "/" + name))
  }

  static let everyKind = """
    name: every-kind
    input: 3x24x24
    network:
      - conv:first(8, 3x3, pad=1) - bn(1e-3, 0.2) - relu - lrn - dropout(0.3)
      - conv(8, 3, stride=2, pad=1, rounding=floor, bias=no) - scale - leaky_relu(0.2)
      - depthwise(3, pad=same) - relu6 - depthwise(3, pad=2, dilation=2, multiplier=2, bias=no) - prelu
      - conv:table(4, 3, pad=1) - elu(0.7)
      - channel_shuffle:mixed(2) - lrn(4, alpha=0.2, beta=0.6, k=1.5) - lrn(3, alpha=0.3)
      - maxpool:p1(2) - sigmoid:code
      - unpool(@p1) - tanh
      - maxpool:p2(3, stride=2, rounding=floor) - conv(4, 1) - unpool(@p2) - identity:same
      - concat: [identity, "avgpool(3, stride=1, pad=1)", "avgpool(3, stride=1, pad=1, count_pad=yes)"]
      - pad(1x0x2x1, channels=1x3) - crop(9x11) - scaled_tanh
      - avgpool(2, rounding=ceil) - upsample(2) - avgpool(3, stride=2, pad=1, count_pad=yes, rounding=floor)
      - upsample(3x2, mode=bilinear) - gelu - maxpool(3, stride=1, pad=1x2, dilation=1x2)
      - avgpool(3x3, stride=2, pad=1, count_pad=yes, rounding=ceil)
      - subsample(2, rounding=floor) - silu
      - deconv(6, 3, stride=2, pad=1, output_pad=1, groups=2) - hardsigmoid - deconv(5, 2x3, bias=no) - hardswish
      - conv(6, 3, pad=1) - conv(6, 3, groups=3, pad=1) - maxpool:p3(3, stride=2, pad=1, rounding=ceil)
      - add: [identity, "conv(6, 1)", "conv(6, 3, pad=1)"]
      - multiply: [identity, globalavgpool - fc(4) - relu - fc(6) - sigmoid]
      - multiply: [identity, globalmaxpool]
      - add: [identity, identity]
      - log_softmax
      - reshape(30x5x1) - conv(3, 2x1) - flatten - fc:scores(10, bias=no) - bn - prelu - rbf:distances(4) - softmax
    outputs: [softmax1, code, first, mixed]
    where:
      table: {connections: [[0, 1], [1, 5, 3], [15], [0, 2, 4, 6, 8, 10, 12]]}
    classes: [a, "b \\"c\\"", "ü, \\u2028d", "e: f\\n"]
    preprocess: {resize: 28, crop: 24, color: bgr, scale: 1/127, mean: [0.485, 0.456, 1e-3], std: 0.3}
    """

  @Test func `a network of every kind comes back as it was`() throws {
    let model = try Model(text: Self.everyKind, name: "every-kind.yaml")
    let kinds = Set(model.network.layers.compactMap(\.layer.kind))
    #expect(kinds == Set(KindTable.all.map(\.name)))
    try Self.check(model)
  }

  @Test(arguments: [
    "conv(4, 3) - globalavgpool:mean\n  - multiply: [identity, \"conv:a(4, 1) - sigmoid\"]\n  - fc:b(3)",
    "conv(4, 3) - globalavgpool:mean - silu:b", "maxpool(6) - scale:mean - conv(2, 1) - log_softmax:b",
    "maxpool:mean(6) - unpool(@mean) - conv:b(5, 6)",
  ])
  func `vectors that are returned, and read again, come back as they were`(network: String) throws {
    try Self.check(
      Model(text: "input: 3x6x6\nnetwork:\n  - \(network)\noutputs: [mean, b]", name: "small.yaml"))
  }

  /// A product of three is two products to ONNX.
  @Test func `a product of many branches comes back as products of two, with the same bits`() throws {
    let text = """
      input: 3x6x6
      network:
        - conv(4, 3)
        - multiply: [globalavgpool, identity, globalmaxpool, tanh]
      """
    let model = try Model(text: text)
    let weights = try model.load(.random(seed: 1))
    let folder = try TemporaryFolder()
    try ExportedModel(model.network).write(weights, to: folder.path + "/a.onnx")
    let imported = try ImportedNetwork(onnx: folder.path + "/a.onnx")
    let again = try Model(imported.source.report())
    #expect(again.network.layers.count { $0.layer.kind == "multiply" } == 3)
    #expect(try Self.scores(model, weights) == Self.scores(again, #require(try imported.weights())))
  }
}

extension String {
  /// `conv1.weight` without `.weight`
  fileprivate var dropLastPart: String { lastIndex(of: ".").map { String(self[..<$0]) } ?? self }
}
