import CNNEmbedding
import CNNTestSupport
import Testing

struct WeightsFileTests {
  private static let network = WeightsFile.fingerprint([("fc1.weight", [4, 4])])
  private static let tensors = (0..<64).map { UInt8($0) }
  private static let file = WeightsFile.bytes(count: 64, network: network) { $0 += tensors }

  /// Reads a file's first and last byte through the weights made of it.
  private func read(
    _ bytes: [UInt8], network: ContentHash = network, hash: UInt64? = nil
  ) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let path = try folder.write("W.weights", bytes)
    var ends: [UInt8] = []
    _ = try EmbeddedWeights(
      contentsOf: path, network: network.value, hash: hash, bytes: 64, constantBytes: 0,
      count: EmbeddedWeights.CallCount(calls: 0, fields: 0)
    ) { weights, _, _ in
      ends = [0, 63].map { weights.load(fromByteOffset: $0, as: UInt8.self) }
    }
    return ends
  }

  @Test func `a file is mapped as it was written`() throws {
    #expect(try read(Self.file.bytes) == [0, 63])
    #expect(try read(Self.file.bytes, hash: Self.file.hash.value) == [0, 63])
  }

  @Test(arguments: [0, 1, 63, 64, 65, 127]) func `a file that is cut is refused`(count: Int) {
    #expect(throws: EmbeddingError.self) { try read(Array(Self.file.bytes.prefix(count))) }
  }

  @Test func `a file with more behind it is refused`() {
    #expect(throws: EmbeddingError.self) { try read(Self.file.bytes + [0]) }
  }

  @Test func `a changed byte is found wherever it is`() {
    for index in Self.file.bytes.indices where !(32..<64).contains(index) {
      var bytes = Self.file.bytes
      bytes[index] ^= 0x10
      #expect(throws: EmbeddingError.self, "byte \(index)") { try read(bytes) }
    }
  }

  @Test func `other weights of the same network are refused where the source knows its own`() throws {
    let error = try #require(throws: EmbeddingError.self) { try read(Self.file.bytes, hash: 1) }
    guard case .weightsHash(_, "0000000000000001", Self.file.hash.description) = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test func `another network's weights are refused`() throws {
    let other = WeightsFile.fingerprint([("fc1.weight", [16])])
    let error = try #require(throws: EmbeddingError.self) { try read(Self.file.bytes, network: other) }
    guard case .otherNetwork(_, other.description, Self.network.description) = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test func `a file that is not there is told with the system's reason`() {
    #expect(throws: EmbeddingError.unreadableFile(path: "/nowhere/W", reason: "no such file")) {
      try EmbeddedWeights(
        contentsOf: "/nowhere/W", network: 0, hash: nil, bytes: 0, constantBytes: 0,
        count: EmbeddedWeights.CallCount(calls: 0, fields: 0)
      ) { _, _, _ in }
    }
  }
}
