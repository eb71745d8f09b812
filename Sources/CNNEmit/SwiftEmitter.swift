import CNNEmbedding
import CNNGraph
import CNNPlan
import CNNSpec

/// Writes a network as a Swift type, which needs `CNNEmbedding` and `CNNKernels` and nothing else: static shapes, an
/// input that cannot have the wrong size, and straight-line kernel calls over an arena.
package struct SwiftEmitter {
  let emission: Emission
  let image: WeightsImage
  let calls: SwiftCalls
  /// The fingerprint of the tensors.
  let fingerprint: ContentHash

  /// The type's file and, where weights go into a file, that.
  package static func emit(_ emission: Emission) -> [EmittedFile] {
    let emitter = SwiftEmitter(emission)
    let weights = emission.weightsPlace == .file ? emitter.weightsFile : nil
    let source = EmittedFile(name: "\(emission.fileStem).swift", text: emitter.source(weights?.hash))
    return [source] + (weights.map { [EmittedFile(name: emitter.weightsFileName, bytes: $0.bytes)] } ?? [])
  }

  private init(_ emission: Emission) {
    self.emission = emission
    let image = WeightsImage(emission.tensors)
    calls = SwiftCalls(
      plan: emission.plan,
      offsets: emission.plan.parameters.map { parameter in
        guard let offset = image.offset(of: parameter.name) else {
          preconditionFailure("\(parameter.name) is a tensor of the network")
        }
        return offset
      })
    fingerprint = WeightsFile.fingerprint(emission.tensors.map { ($0.name, $0.dimensions) })
    self.image = image
  }

  var plan: ExecutionPlan { emission.plan }
  var weightsFileName: String { "\(emission.fileStem).weights" }

  private var weightsFile: (bytes: [UInt8], hash: ContentHash)? {
    guard emission.hasWeights else { return nil }
    return WeightsFile.bytes(count: image.bytes, network: fingerprint) { file in
      image.append(to: &file, emission.weights(of:))
    }
  }

  private func source(_ hash: ContentHash?) -> String {
    var code = SwiftCode()
    header(&code)
    code.line("import CNNEmbedding")
    code.line("import CNNKernels")
    code.line()
    documentation(&code)
    code.block("public struct \(emission.identifier): ~Copyable, Sendable") { code in
      constants(&code)
      code.line("private var network: EmbeddedNetwork")
      code.line()
      initializer(&code)
      run(&code)
      classify(&code)
      input(&code, images: plan.batch)
      code.line()
      labels(&code)
      weights(&code, hash)
      training(&code)
    }
    return code.text
  }

  private func header(_ code: inout SwiftCode) {
    code.line("// The network `\(plan.name)`, made by `cnnc emit`: change the spec, not this file.")
    switch (emission.weightsPlace, emission.hasWeights) {
    case (.source, _): code.line("// Its weights are in here.")
    case (.file, true): code.line("// Its weights are in \(weightsFileName), made together with this file.")
    case (.file, false):
      code.line(
        "// Its weights come from a file that `cnnc emit \(plan.name) --target swift --weights FILE` makes.")
    }
    code.line()
  }

  private func documentation(_ code: inout SwiftCode) {
    let images = plan.batch == 1 ? "an image" : "\(plan.batch) images"
    let outputs = plan.outputs.map { Self.text(shape(of: $0)) }.joined(separator: ", ")
    code.line(
      "/// The network `\(plan.name)`, which computes \(outputs) of \(images) of \(emission.network.input).")
    code.line("/// One thread at a time may use a value of this type; any number of them may share weights.")
  }

  private func constants(_ code: inout SwiftCode) {
    let shapes = plan.outputs.map { "[\(shape(of: $0).map(String.init).joined(separator: ", "))]" }
    code.line("/// Images of one run.")
    code.line("public static let batch = \(plan.batch)")
    code.line("/// Channels, height and width of an image.")
    code.line("public static let inputShape = \(inputShape)")
    if shapes.count == 1 {
      code.line("/// Of one image.")
      code.line("public static let outputShape = \(shapes[0])")
    } else {
      code.line("/// Of one image: \(plan.outputs.map { "`\($0.name)`" }.joined(separator: ", ")).")
      code.line("public static let outputShapes = [\(shapes.joined(separator: ", "))]")
    }
    code.line("/// Bytes of memory that a value of this type takes, weights not counted.")
    code.line("public static let arenaBytes = \(plan.arenaBytes)")
    code.line("/// Trained numbers.")
    code.line("public static let parameterCount = \(emission.network.totals.parameters)")
    code.line("/// Of convolutions and fully connected layers, for one image.")
    code.line("public static let multiplications = \(emission.network.totals.multiplications)")
    code.line()
  }

  private func initializer(_ code: inout SwiftCode) {
    code.line(
      "/// - Parameter threads: how many compute a run together; the results are the same, bit for bit.")
    code.line("/// - Throws: where the machine has not the memory, or does not start the threads.")
    code.block("public init(weights: Weights, threads: Int = 1) throws(EmbeddingError)") { code in
      code.line("network = try EmbeddedNetwork(")
      code.line("  weights: weights.storage, arenaBytes: Self.arenaBytes, threads: threads,")
      code.line("  count: \(calls.count(of: plan.calls))")
      code.block(") { arena, weights, constants, calls in", opens: false) { code in
        for turn in plan.turns { calls.add(turn, to: &code) }
      }
    }
    code.line()
  }

  /// The type of what a run or a step is given.
  func input(_ code: inout SwiftCode, images batch: Int) {
    let (shape, preprocessing) = (emission.network.input, emission.network.spec.preprocessing)
    let images = batch == 1 ? "An image" : "\(batch) images"
    let count = "\(batch * shape.count)"
    code.line("/// \(images) of \(shape), ready to be computed.")
    code.block("public struct Input: Sendable") { code in
      code.line("fileprivate let elements: [Float]")
      code.line()
      code.line("/// Preprocesses as the spec says.")
      code.line(
        "/// - Parameter pixels: \(count) bytes, row behind row, each pixel \(Self.pixel(shape.channels)).")
      code.line("/// - Throws: `inputCount` for another number of bytes.")
      code.block("public init(pixels: Span<UInt8>) throws(EmbeddingError)") { code in
        code.line("elements = try EmbeddedInput.elements(")
        code.line("  pixels: pixels, shape: \(inputShape), images: \(batch),")
        code.line(
          "  scale: \(SwiftCode.literal(preprocessing.scale)), mean: \(SwiftCode.literal(preprocessing.mean)),"
        )
        code.line(
          "  std: \(SwiftCode.literal(preprocessing.std)), isReversed: \(preprocessing.color == .bgr))")
      }
      code.line()
      code.line("/// - Parameter values: \(count) numbers, preprocessed, plane behind plane.")
      code.line("/// - Throws: `inputCount` for another number of values.")
      code.block("public init(values: Span<Float>) throws(EmbeddingError)") { code in
        code.line("elements = try EmbeddedInput.elements(values: values, count: \(count))")
      }
    }
  }

  /// What a pixel's bytes are.
  private static func pixel(_ channels: Int) -> String {
    switch channels {
    case 1: "gray"
    case 3: "red, green and blue"
    default: "its \(channels) channels"
    }
  }

  private var inputShape: String {
    let shape = emission.network.input
    return "[\(shape.channels), \(shape.height), \(shape.width)]"
  }

  /// Of one image; one number for a vector.
  func shape(of port: ExecutionPlan.Port) -> [Int] {
    let shape = port.type.shape
    return shape.height * shape.width == 1 ? [shape.channels] : [shape.channels, shape.height, shape.width]
  }

  static func text(_ shape: [Int]) -> String {
    shape.count == 1 ? "\(shape[0]) scores" : shape.map(String.init).joined(separator: "x")
  }
}
