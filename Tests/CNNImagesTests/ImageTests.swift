import CNNSpec
import Testing

@testable import CNNImages

@Suite struct ImageTests {
  @Test(arguments: [
    ("GIF89a", "found a GIF file"), ("RIFF\0\0\0\0WEBPVP8 ", "found a WebP file"),
    ("BM1234", "found a BMP file"),
    ("P7\nWIDTH 1", "found a PAM file"), ("", "found an empty file"),
    ("\0\0", "found a file that begins with the bytes 00 00"),
    ("hello world", "found a file that begins with the bytes 68 65 6c 6c 6f 20 77 6f"),
  ])
  func namesWhatItFound(text: String, message: String) {
    let error = finding { try Image(decoding: Array(text.utf8), name: "x.png") }
    #expect(error?.message == "expected PNG, JPEG, PNM, .npy or IDX, " + message)
    #expect(error?.code == .inputFile)
    #expect(error?.place == .file("x.png"))
    #expect(error?.help == ["convert it to PNG"])
  }

  @Test func goesByContentNotByName() throws {
    let pixels: [UInt8] = [1, 2, 3]
    let image = try Image(decoding: Array("P6 1 1 255\n".utf8) + pixels, name: "wrong.png")
    #expect(image == Image(height: 1, width: 1, channels: 3, pixels: pixels))
  }

  @Test(arguments: [
    (0, 5, "the image is empty: its header says 0x5 (height x width)"),
    (1 << 40, 1 << 40, "the header says 1099511627776x1099511627776 pixels; at most 268435456 can be read"),
    (1 << 14, 1 << 15, "the header says 16384x32768 pixels; at most 268435456 can be read"),
  ])
  func limitsPixels(height: Int, width: Int, message: String) throws {
    #expect(finding { try Image.pixelCount(height: height, width: width, name: "x") }?.message == message)
    #expect(try Image.pixelCount(height: 1 << 14, width: 1 << 14, name: "x") == 1 << 28)
  }
}
