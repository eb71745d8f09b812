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
    }
  }

  private func sourceInitializer(_ code: inout SwiftCode) {
    code.line("/// - Throws: where the machine has not the memory.")
    code.block("public init() throws(EmbeddingError)") { code in
      code.line("storage = try EmbeddedWeights(")
      code.line("  base64: Self.base64, bytes: \(image.bytes), constantBytes: \(plan.constantBytes),")
      preparation(&code)
    }
    code.line()
    var bytes: [UInt8] = []
    image.append(to: &bytes, emission.weights(of:))
    code.line("private static let base64: StaticString =")
    code.line("  \"\(Base64.encode(bytes))\"")
  }

  private func fileInitializer(_ code: inout SwiftCode, _ hash: ContentHash?) {
    code.line("/// Maps a file of weights into memory, which must not change meanwhile.")
    code.line(
      "/// - Throws: where the file is not whole, or not \(hash == nil ? "this network's" : "the one made with this source")."
    )
    code.block("public init(contentsOf path: String) throws(EmbeddingError)") { code in
      code.line("storage = try EmbeddedWeights(")
      code.line("  contentsOf: path, bytes: \(image.bytes), network: 0x\(fingerprint),")
      code.line("  hash: \(hash.map { "0x\($0)" } ?? "nil"), constantBytes: \(plan.constantBytes),")
      preparation(&code)
    }
  }

  private func preparation(_ code: inout SwiftCode) {
    code.line("  count: \(count(of: plan.prologue))")
    code.block(") { weights, constants, calls in", opens: false) { code in
      for call in plan.prologue { add(call, to: &code) }
    }
  }
}
