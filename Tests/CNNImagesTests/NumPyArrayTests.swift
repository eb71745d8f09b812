import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

@Suite struct NumPyArrayTests {
  @Test(arguments: ["float-v1", "float-v2", "float-v3"])
  func readsEveryVersion(stem: String) throws {
    let array = try NumPyArray(decoding: Fixtures.bytes("npy/\(stem).npy"), name: "x")
    #expect(array.shape == [2, 3, 2, 4])
    #expect(array.values == .float32((0..<48).map { Float($0) / 8 }))
  }

  @Test func readsBytes() throws {
    let array = try NumPyArray(decoding: Fixtures.bytes("npy/bytes-hwc.npy"), name: "x")
    #expect(array.shape == [3, 4, 3])
    let window = Window(top: 0, left: 0, height: 3, width: 4)
    #expect(try Fixtures.image("npy/bytes-hwc.npy") == Fixtures.image("rgb.ppm").cropped(to: window))
    #expect(try Fixtures.image("npy/bytes-hw.npy") == Fixtures.image("gray.pgm").cropped(to: window))
  }

  @Test(arguments: [
    ("fortran", "expected an array in C order, found Fortran order", "save numpy.ascontiguousarray(array)"),
    ("double", "expected '<f4' (float32) or '|u1' (uint8), found <f8", "save array.astype('<f4')"),
    ("big-endian", "expected '<f4' (float32) or '|u1' (uint8), found >f4", "save array.astype('<f4')"),
    (
      "structured", "expected '<f4' (float32) or '|u1' (uint8), found a structured type",
      "save array.astype('<f4')"
    ),
  ])
  func refuses(stem: String, message: String, help: String) {
    let error = finding { try NumPyArray(decoding: Fixtures.bytes("npy/\(stem).npy"), name: "x.npy") }
    #expect(error?.message == message)
    #expect(error?.help == [help])
    #expect(error?.place == .file("x.npy"))
  }

  @Test func imagesHaveTwoOrThreeDimensions() throws {
    func image(_ shape: [Int]) throws -> Image {
      let bytes = [UInt8](repeating: 9, count: shape.reduce(1, *))
      return try Image(decoding: NumPyHeader.encode(descr: "|u1", shape: shape) + bytes, name: "x.npy")
    }
    #expect(
      try image([2, 3, 4]) == Image(height: 2, width: 3, channels: 3, pixels: .init(repeating: 9, count: 18)))
    #expect(
      try image([2, 3, 1]) == Image(height: 2, width: 3, channels: 1, pixels: .init(repeating: 9, count: 6)))
    for shape in [[], [4], [3, 4, 2], [1, 3, 4, 3]] {
      let message = "expected uint8 of the shape [H,W], [H,W,1] or [H,W,3], found \(shape)"
      #expect(finding { try image(shape) }?.message == message)
    }
    #expect(
      finding { try image([0, 4]) }?.message == "the image is empty: its header says 0x4 (height x width)")
  }

  @Test(arguments: ["float-v1", "float-v2", "bytes-hwc", "structured"])
  func survivesTruncationAndDamage(stem: String) throws {
    let bytes = try Fixtures.bytes("npy/\(stem).npy")
    let failures = try failuresOfPrefixes(bytes) { try NumPyArray(decoding: $0, name: "x") }
    #expect(failures == bytes.count)
    try damageEachByte(bytes) { try NumPyArray(decoding: $0, name: "x") }
  }

  @Test func refusesTrailingBytes() throws {
    let bytes = try Fixtures.bytes("npy/float-v1.npy") + [0]
    let error = finding { try NumPyArray(decoding: bytes, name: "x") }
    #expect(error?.message == "the shape [2, 3, 2, 4] takes 192 bytes, but 193 follow the header")
    #expect(error?.help == ["save one array a file"])
  }

  @Test func writesWhatNumPyWrites() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/out.npy"
    try NumPyArray.write((0..<48).map { Float($0) / 8 }, shape: [2, 3, 2, 4], to: path)
    #expect(try FileSystem.read(path) == Fixtures.bytes("npy/float-v1.npy"))
    try NumPyArray.write([0, 1, 2, 3, 4], shape: [5], to: path)
    #expect(try FileSystem.read(path) == Fixtures.bytes("npy/vector.npy"))
    #expect(folder.names == ["out.npy"])
    let error = finding { try NumPyArray.write([1], shape: [1], to: folder.path) }
    #expect(error?.code == .outputFile)
    #expect(error?.place == .file(folder.path))
  }
}
