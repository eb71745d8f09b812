import CNNDarknet
import CNNImport
import CNNSpec
import Foundation

/// Networks and what Darknet computed of them; Tests/Fixtures/darknet/README.md says how they were made.
enum DarknetFixtures {
  static let folder = "\(#filePath)".components(separatedBy: "/Tests/")[0] + "/Tests/Fixtures/darknet"

  /// The network of a text and of weights.
  static func network(_ text: String, weights: [UInt8]? = nil) throws(Diagnostics) -> ImportedNetwork {
    var file: DarknetWeights?
    if let weights { file = try DarknetWeights(bytes: weights, name: "net.weights") }
    return try ImportedNetwork(darknet: Configuration(SourceText(name: "net.cfg", text)), file)
  }

  /// The lines of a text's spec behind `network:`.
  static func steps(_ text: String) throws(Diagnostics) -> [String] {
    let lines = try network(text).spec.split(separator: "\n").map(String.init)
    return Array(lines[(lines.firstIndex(of: "network:") ?? 0)...].dropFirst())
  }

  /// A `.weights` file.
  /// - Parameter isLong: whether the count of images has 64 bits, as since version 0.2.
  static func weights(
    _ values: [Float], major: Int32 = 0, minor: Int32 = 2, isLong: Bool = true
  ) -> [UInt8] {
    func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
      withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
    return bytes(major) + bytes(minor) + bytes(Int32(0)) + (isLong ? bytes(Int64(7)) : bytes(Int32(7)))
      + values.flatMap { bytes($0.bitPattern) }
  }

  static func floats(_ path: String) throws -> [Float] {
    let bytes = try FileSystem.read(path)
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
    }
  }
}
