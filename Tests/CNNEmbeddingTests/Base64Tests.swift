import CNNEmbedding
import Testing

struct Base64Tests {
  @Test(arguments: [0, 1, 2, 3, 255]) func `base 64 there and back`(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let text = Base64.encode(bytes)
    #expect(text.count == (count + 2) / 3 * 4)
    if count == 3 { #expect(Base64.decode("ACVK") == bytes) }
    if count == 2 { #expect(Base64.decode("ACU=") == bytes) }
  }
}
