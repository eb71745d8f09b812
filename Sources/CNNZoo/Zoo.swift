import CNNEmbedding

/// The specs of the folder `specs`, and the weights that some have, inside the binary.
///
/// The texts stand in `Generated.swift`, which a test compares with the folder byte for byte;
/// `CNNC_UPDATE=1 swift test --filter ZooTests` writes it anew.
package enum Zoo {
  /// The names of all shipped specs, sorted.
  package static var names: [String] { texts.map(\.name) }

  /// A shipped spec's text.
  package static func spec(named name: String) -> String? {
    texts.first { $0.name == name }.map { "\($0.text)" }
  }

  /// A shipped spec's weights, a safetensors file's bytes.
  package static func weights(named name: String) -> [UInt8]? {
    guard let entry = weightTexts.first(where: { $0.name == name }) else { return nil }
    guard let bytes = Base64.decode(entry.text) else { preconditionFailure("\(name): no base 64") }
    return bytes
  }
}
