import Testing

@testable import CNNImages

@Suite struct FileFormatTests {
  @Test(
    arguments: [
      ("png/rgb8.png", .png), ("jpeg/gray.jpg", .jpeg), ("rgb.ppm", .pnm), ("npy/vector.npy", .npy),
      ("idx/three.idx.gz", .gzip), ("make.py", .other),
    ] as [(String, FileFormat)])
  func byContent(file: String, format: FileFormat) throws {
    #expect(try FileFormat(of: Fixtures.bytes(file)) == format)
  }

  @Test(
    arguments: [
      ([], .other), ([0x89], .other), ([0x50, 0x35], .other), ([0x50, 0x35, 0x20], .pnm),
      ([0x50, 0x35, 0x23], .pnm),
      ([0x50, 0x37, 0x0A], .other), ([0, 0, 8, 3], .idx), ([0, 0, 8, 0], .other), ([0, 0, 8], .other),
    ] as [([UInt8], FileFormat)])
  func byFewBytes(bytes: [UInt8], format: FileFormat) {
    #expect(FileFormat(of: bytes) == format)
  }
}
