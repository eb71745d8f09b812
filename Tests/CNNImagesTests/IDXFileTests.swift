import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

@Suite struct IDXFileTests {
  @Test func readsPlainAndGzipped() throws {
    let bytes = Make.idx([2, 1, 3], [1, 2, 3, 4, 5, 6])
    for file in [bytes, Make.gzip(bytes)] {
      let idx = try IDXFile(decoding: file, path: "x")
      #expect(idx.shape == [2, 1, 3])
      try idx.checkImages()
      #expect(idx.image(1) == Image(height: 1, width: 3, channels: 1, pixels: [4, 5, 6]))
    }
    let labels = try IDXFile(decoding: Make.idx([2], [7, 8]), path: "x")
    try labels.checkLabels()
    #expect(labels.values == [7, 8])
  }

  @Test(arguments: ["three", "two-members"])
  func readsWhatPythonCompressed(stem: String) throws {
    let idx = try IDXFile(path: Fixtures.path("idx/\(stem).idx.gz"))
    #expect(idx.shape == [3, 4, 5])
    #expect(idx.values == (0..<60).map { UInt8(7 * $0 % 256) })
  }

  @Test(
    arguments: [
      ([0, 0, 8], "expected an IDX file, found 3 bytes"),
      ([1, 0, 8, 1], "expected an IDX file (0 0 8 and the number of dimensions), found [1, 0, 8, 1]"),
      ([0, 0, 13, 1], "expected IDX of unsigned bytes (type 8), found type 13"),
      ([0, 0, 8, 3, 0, 0, 0, 1], "the IDX header is truncated: expected 16 bytes, found 8"),
      ([0, 0, 8, 1, 0, 0, 0, 2, 9], "the IDX header 2 makes 10 bytes, found 9"),
      ([0, 0, 8, 1, 0, 0, 0, 1, 9, 9], "the IDX header 1 makes 9 bytes, found 10"),
      (
        [0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255],
        "the IDX header says 4294967295x4294967295 values; at most 2147483648 can be read"
      ),
      ([0, 0, 8, 1, 127, 255, 255, 255], "the IDX header 2147483647 makes 2147483655 bytes, found 8"),
    ] as [([UInt8], String)])
  func saysWhatIsWrong(bytes: [UInt8], message: String) {
    let error = finding { try IDXFile(decoding: bytes, path: "x") }
    #expect(error?.message == message)
    #expect(error?.code == .inputFile)
    #expect(finding { try IDXFile(decoding: Make.gzip(bytes), path: "x") } != nil)
  }

  @Test func aBombStaysSmall() {
    let error = finding { try IDXFile(path: Fixtures.path("idx/bomb.idx.gz")) }
    #expect(error?.message == "the IDX header 2x28x28 makes 1584 bytes, found more")
    let claim = Make.gzip([0, 0, 8, 1, 127, 255, 255, 255])
    let message = "the IDX header 2147483647 makes 2147483655 bytes, found 8"
    #expect(finding { try IDXFile(decoding: claim, path: "x") }?.message == message)
  }

  @Test func survivesTruncationAndDamage() throws {
    for bytes in [Make.idx([2, 1, 3], [1, 2, 3, 4, 5, 6]), try Fixtures.bytes("idx/three.idx.gz")] {
      let failures = try failuresOfPrefixes(bytes) { try IDXFile(decoding: $0, path: "x") }
      #expect(failures == bytes.count)
      try damageEachByte(bytes) { try IDXFile(decoding: $0, path: "x") }
    }
  }

  @Test func tellsImagesFromLabels() throws {
    let labels = try IDXFile(decoding: Make.idx([2], [7, 8]), path: "x")
    #expect(
      finding { try labels.checkImages() }?.message == "expected images of the shape [N,H,W], found labels: 2"
    )
    let images = try IDXFile(decoding: Make.images(count: 2, height: 3, width: 4), path: "x")
    #expect(finding { try images.checkLabels() }?.message == "expected labels of the shape [N], found 2x3x4")
    let empty = try IDXFile(decoding: Make.idx([0, 3, 4], []), path: "x")
    #expect(finding { try empty.checkImages() }?.message == "the IDX file holds no image")
    let flat = try IDXFile(decoding: Make.idx([2, 0, 4], []), path: "x")
    #expect(finding { try flat.checkImages() } != nil)
  }
}
