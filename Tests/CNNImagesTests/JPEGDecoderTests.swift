import CNNSpec
import Testing

@testable import CNNImages

@Suite struct JPEGDecoderTests {
  /// Against Pillow, whose libjpeg-turbo may round otherwise than ours by a little.
  @Test(arguments: [
    "rgb420.jpg rgb420.ppm", "rgb444.jpg rgb444.ppm", "progressive.jpg progressive.ppm", "gray.jpg gray.pgm",
  ])
  func likePillow(files: String) throws {
    let names = files.split(separator: " ")
    let image = try Fixtures.image("jpeg/\(names[0])")
    let expected = try Fixtures.image("jpeg/\(names[1])")
    #expect(
      [image.height, image.width, image.channels] == [expected.height, expected.width, expected.channels])
    let differences = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(differences.max() ?? 0 <= 2)
  }

  /// The file says "rotate by 90 degrees"; the pixels stay as stored.
  @Test func ignoresOrientation() throws {
    let image = try Fixtures.image("jpeg/orientation.jpg")
    #expect([image.height, image.width] == [40, 56])
  }

  @Test func refusesCMYK() {
    let error = finding { try Fixtures.image("jpeg/cmyk.jpg") }
    #expect(error?.message == "expected gray or RGB, found a CMYK JPEG")
    #expect(error?.help == ["convert it to RGB first"])
  }

  @Test(arguments: ["gray.jpg", "progressive.jpg", "rgb420.jpg"])
  func survivesTruncationAndDamage(name: String) throws {
    let bytes = try Fixtures.bytes("jpeg/\(name)")
    let failures = try failuresOfPrefixes(bytes) { try Image(decoding: $0, name: "x") }
    #expect(failures == bytes.count, "a truncated JPEG is an error")
    try damageEachByte(bytes, step: 3) { try Image(decoding: $0, name: "x") }
    #expect(try Image(decoding: bytes + [0, 0, 0], name: "x") == Image(decoding: bytes, name: "x"))
  }

  @Test func strayBytesBetweenSegmentsArePassed() throws {
    let bytes = try Fixtures.bytes("jpeg/rgb420.jpg")
    let table = try #require((0..<bytes.count - 1).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC4 })
    let stray = bytes[..<table] + [1, 2, 3] + bytes[table...]
    #expect(try Image(decoding: Array(stray), name: "x") == Image(decoding: bytes, name: "x"))
  }

  @Test func refusesWhatTheFileCannotHold() throws {
    var bytes = try Fixtures.bytes("jpeg/gray.jpg")
    let frame = try #require((0..<bytes.count - 1).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0x40, 0, 0x40, 0])
    let message = "the JPEG is truncated: \(bytes.count) bytes cannot hold 16384x16384 pixels"
    #expect(finding { try Image(decoding: bytes, name: "x") }?.message == message)
  }
}
