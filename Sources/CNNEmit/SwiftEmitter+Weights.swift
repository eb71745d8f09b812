import CNNEmbedding

extension SwiftEmitter {
  /// The class of the weights, which instances share.
  func weights(_ code: inout SwiftCode, _ hash: ContentHash?) {
    code.line("/// The trained numbers, in the order in which kernels read them. Never changes.")
    code.block("public final class Weights: Sendable") { code in
      code.line("fileprivate let storage: EmbeddedWeights")
      code.line()
      switch emission.weightsPlace {
      case .source: sourceInitializer(&code)
      case .file: fileInitializer(&code, hash)
      }
      if emission.training != nil { trainedInitializers(&code) }
      preparation(&code)
      if emission.training != nil { tensors(&code) }
      if emission.weightsPlace == .source { base64(&code) }
    }
  }

  private func sourceInitializer(_ code: inout SwiftCode) {
    code.line("/// - Throws: where the machine has not the memory.")
    code.block("public init() throws(EmbeddingError)") { code in
      code.line("storage = try EmbeddedWeights(")
      code.line("  base64: Self.base64,")
      code.line("  \(preparationArguments)")
    }
    code.line()
  }

  private func fileInitializer(_ code: inout SwiftCode, _ hash: ContentHash?) {
    code.line("/// Maps a file of weights into memory, which must not change meanwhile.")
    code.line(
      "/// - Throws: where the file is not whole, or not \(hash == nil ? "this network's" : "the one made with this source")."
    )
    code.block("public init(contentsOf path: String) throws(EmbeddingError)") { code in
      code.line("storage = try EmbeddedWeights(")
      code.line("  contentsOf: path, network: 0x\(fingerprint), hash: \(hash.map { "0x\($0)" } ?? "nil"),")
      code.line("  \(preparationArguments)")
    }
    code.line()
  }

  /// Weights that `Training` has changed: saved ones, and those that it has now.
  private func trainedInitializers(_ code: inout SwiftCode) {
    code.line("/// Weights that `Training.safetensors` has saved, or `cnnc train`.")
    code.line("/// - Parameter safetensors: the file's bytes.")
    code.line("/// - Throws: `safetensors` where the file is not whole, or not of this network.")
    code.block("public init(safetensors: [UInt8]) throws(EmbeddingError)") { code in
      code.line("storage = try EmbeddedWeights(")
      code.line("  safetensors: safetensors, tensors: Self.tensors,")
      code.line("  \(preparationArguments)")
    }
    code.line()
    code.block("fileprivate init(copying training: borrowing EmbeddedTraining) throws(EmbeddingError)") {
      code in
      code.line("storage = try EmbeddedWeights(")
      code.line("  copying: training,")
      code.line("  \(preparationArguments)")
    }
    code.line()
  }

  /// What all initializers of `EmbeddedWeights` end in.
  private var preparationArguments: String {
    "bytes: \(image.bytes), constantBytes: \(plan.constantBytes), count: Self.count, prepare: Self.prepare)"
  }

  /// The calls that compute the constants.
  private func preparation(_ code: inout SwiftCode) {
    code.line("private static let count = \(calls.count(of: plan.prologue))")
    code.line()
    code.line("private static func prepare(")
    code.line(
      "  _ weights: UnsafeMutableRawPointer, _ constants: UnsafeMutableRawPointer, _ calls: KernelCalls")
    code.block(") {", opens: false) { code in
      for call in plan.prologue { calls.add(call, to: &code) }
    }
  }

  /// All tensors, as files have them.
  private func tensors(_ code: inout SwiftCode) {
    code.line()
    code.line("fileprivate static let tensors: [EmbeddedTensor] = [")
    for (tensor, offset) in zip(image.tensors, image.offsets) {
      code.line("  EmbeddedTensor(\(SwiftCode.literal(tensor.name)), \(tensor.dimensions), at: \(offset)),")
    }
    code.line("]")
  }

  private func base64(_ code: inout SwiftCode) {
    var bytes: [UInt8] = []
    image.append(to: &bytes, emission.weights(of:))
    code.line()
    code.line("private static let base64: StaticString =")
    code.line("  \"\(Base64.encode(bytes))\"")
  }
}
