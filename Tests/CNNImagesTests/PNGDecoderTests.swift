import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

@Suite struct PNGDecoderTests {
  /// Every colour type and depth, against what Pillow reads.
  @Test(arguments: [
    "gray1", "gray2", "gray4", "gray8", "gray16", "gray-alpha8", "gray-alpha16", "interlaced-gray-alpha",
  ])
  func gray(stem: String) throws {
    #expect(try Fixtures.image("png/\(stem).png") == Fixtures.image("png/\(stem).pgm"))
  }

  @Test(arguments: [
    "rgb8", "rgb16", "rgba8", "rgba16", "palette4", "palette8", "palette-transparent", "interlaced",
  ])
  func color(stem: String) throws {
    #expect(try Fixtures.image("png/\(stem).png") == Fixtures.image("png/\(stem).ppm"))
  }

  @Test func fashion() throws {
    let image = try Fixtures.image("fashion-0-ankle-boot.png")
    #expect(image.height == 28 && image.width == 28 && image.channels == 1)
    #expect(image.pixels.contains { $0 > 200 })
  }

  @Test(arguments: ["gray4", "gray-alpha16", "interlaced", "palette4"])
  func survivesTruncationAndDamage(stem: String) throws {
    let bytes = try Fixtures.bytes("png/\(stem).png")
    let failures = try failuresOfPrefixes(bytes) { try Image(decoding: $0, name: "x") }
    #expect(failures >= bytes.count - 20, "only the end marker may be missing")
    try damageEachByte(bytes) { try Image(decoding: $0, name: "x") }
    #expect(try Image(decoding: bytes + [1, 2, 3], name: "x") == Image(decoding: bytes, name: "x"))
  }

  @Test func refusesWhatTheFileCannotHold() throws {
    var bytes = try Fixtures.bytes("png/gray8.png")
    bytes.replaceSubrange(16..<24, with: [0, 0, 0x40, 0, 0, 0, 0x40, 0])
    // The header's checksum is made to fit, so that the size is what is wrong.
    bytes.replaceSubrange(29..<33, with: Make.bigEndian(Int(Make.crc32(Array(bytes[12..<29])))))
    let message = "the PNG is truncated: \(bytes.count) bytes cannot hold 16384x16384 pixels"
    #expect(finding { try Image(decoding: bytes, name: "x") }?.message == message)
  }

  @Test func saysWhatIsWrong() throws {
    let bytes = try Fixtures.bytes("png/rgb8.png")
    let error = finding { try Image(decoding: Array(bytes[..<200]), name: "boot.png") }
    #expect(error?.message.hasPrefix("the PNG cannot be decoded: ") == true)
    #expect(error?.place == .file("boot.png"))
    #expect(error?.help == ["it may be truncated or damaged: copy or download it again"])
  }
}
