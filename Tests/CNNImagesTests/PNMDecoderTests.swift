import CNNSpec
import Testing

@testable import CNNImages

@Suite struct PNMDecoderTests {
  private func decode(_ text: String, _ binary: [UInt8] = []) throws -> Image {
    try Image(decoding: Array(text.utf8) + binary, name: "x.pnm")
  }

  private func gray(_ height: Int, _ width: Int, _ pixels: [UInt8]) -> Image {
    Image(height: height, width: width, channels: 1, pixels: pixels)
  }

  @Test func bitmaps() throws {
    let expected = gray(2, 3, [0, 255, 0, 255, 255, 0])
    #expect(try decode("P1\n# a comment\n3 2\n1 0 1\n001\n") == expected)
    #expect(try decode("P1 3 2 101001") == expected)
    #expect(try decode("P4 3 2\n", [0b1010_0000, 0b0011_1111]) == expected, "rows fill whole bytes")
  }

  @Test func grayAndColor() throws {
    #expect(try decode("P2 2 1 255 7 255") == gray(1, 2, [7, 255]))
    #expect(try decode("P2#c\n2#d\n1 15\n0 15#e") == gray(1, 2, [0, 255]))
    #expect(try decode("P5\n2 1\n255\n", [0x0A, 0x20]) == gray(1, 2, [0x0A, 0x20]), "one white space only")
    #expect(try decode("P5 3 1 7 ", [0, 3, 7]) == gray(1, 3, [0, 109, 255]), "3 * 255 / 7 = 109.29")
    #expect(
      try decode("P5 2 1 65535 ", [0xFF, 0xFF, 0x80, 0]) == gray(1, 2, [255, 128]), "two bytes a sample")
    #expect(try decode("P5 1 1 256 ", [1, 0]) == gray(1, 1, [255]))
    let color = Image(height: 1, width: 1, channels: 3, pixels: [1, 2, 3])
    #expect(try decode("P3 1 1 255 1 2 3") == color)
    #expect(try decode("P6 1 1 255 ", [1, 2, 3]) == color)
    #expect(try decode("P6 1 1 255 ", [1, 2, 3, 4, 5]) == color, "more images may follow")
  }

  @Test(arguments: [
    ("P5 2 2 255 abc", "the PNM is truncated: expected at least 4 bytes of pixels, found 3"),
    ("P5 2 2 0 abcd", "the PNM header says maxval 0; expected 1 to 65535"),
    ("P5 2 2 65536 abcd", "the PNM's maxval is over 65535"),
    ("P5 0 2 255 ", "the image is empty: its header says 2x0 (height x width)"),
    ("P5 99999999999999999999 2 255 ", "the PNM's width is over 2147483648"),
    (
      "P5 2147483648 2147483648 255 ",
      "the header says 2147483648x2147483648 pixels; at most 268435456 can be read"
    ),
    ("P5 16384 16384 255 ", "the PNM is truncated: expected at least 268435456 bytes of pixels, found 0"),
    ("P2 2 1 7 8 1", "the PNM's sample is over 7"),
    ("P2 2 1 7 1    ", "the PNM is truncated: expected at least 2 bytes of pixels, found 1"),
    ("P5 1 1 7 \u{8}", "sample 0 of the PNM is 8, over its maxval of 7"),
    ("P2 -1 1 7 1", "the PNM is damaged: expected a number (width) at byte 3"),
    ("P1 1 1 2", "the PNM is damaged: expected a digit 0 or 1 at byte 7"),
    ("P5 1 1 255", "the PNM is damaged: expected white space behind the header at byte 10"),
    ("P5 1 1 \0", "the PNM is damaged: expected a number (maxval) at byte 7"),
    ("P6 # nothing but a comment", "the PNM is damaged: expected a number (width) at byte 26"),
  ])
  func saysWhatIsWrong(text: String, message: String) {
    let error = finding { try decode(text) }
    #expect(error?.message == message)
    #expect(error?.place == .file("x.pnm"))
  }

  @Test(arguments: ["P1 3 2 101001", "P2 2 1 255 7 25", "P3 1 1 255 1 2 3", "P5 2 1 300 abcd", "P4 9 1 ab"])
  func survivesTruncationAndDamage(text: String) throws {
    let bytes = Array(text.utf8)
    let failures = try failuresOfPrefixes(bytes) { try Image(decoding: $0, name: "x") }
    #expect(failures >= bytes.count - 1, "a shorter last number is a number")
    try damageEachByte(bytes) { try Image(decoding: $0, name: "x") }
  }
}
