import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

@Suite struct InputFileTests {
  private func plain(_ channels: Int, _ height: Int, _ width: Int) throws -> Preprocessor {
    var preprocessing = Preprocessing()
    preprocessing.scale = 1
    return try Preprocessor(preprocessing, channels: channels, height: height, width: width)
  }

  @Test func anImageIsPreprocessed() throws {
    let file = try InputFile(path: Fixtures.path("fashion-0-ankle-boot.png"))
    #expect(file.count == 1)
    let expected = try Fixtures.image("fashion-0-ankle-boot.png").pixels.map { Float($0) }
    #expect(try file.tensor(0, plain(1, 28, 28)) == expected)
    let bytes = try InputFile(path: Fixtures.path("npy/bytes-hw.npy"))
    #expect(try bytes.tensor(0, plain(1, 3, 4)).count == 12)
  }

  @Test func readyValuesAreTakenAsTheyAre() throws {
    let batch = try InputFile(path: Fixtures.path("npy/float-v1.npy"))
    #expect(batch.count == 2)
    #expect(try batch.tensor(1, plain(3, 2, 4)) == (24..<48).map { Float($0) / 8 })
    let second = try InputFile(path: Fixtures.path("npy/float-v1.npy"), index: 1)
    #expect(try second.count == 1 && second.tensor(0, plain(3, 2, 4)) == (24..<48).map { Float($0) / 8 })
    let one = try InputFile(path: Fixtures.path("npy/float-chw.npy"))
    #expect(try one.count == 1 && one.tensor(0, plain(3, 2, 4)).count == 24)
    let error = finding { try one.tensor(0, plain(1, 28, 28)) }
    #expect(error?.message == "expected an input of 1x28x28, found 3x2x4 (channels x height x width)")
    #expect(error?.code == .inputShape)
    let vector = finding { try InputFile(path: Fixtures.path("npy/vector.npy")) }
    #expect(vector?.message == "expected float32 of the shape [C,H,W] or [N,C,H,W], found [5]")
    let empty = NumPyHeader.encode(descr: "<f4", shape: [0, 1, 2, 3])
    #expect(finding { try InputFile(decoding: empty, path: "x") }?.code == .inputShape)
  }

  @Test func idxWithAnIndex() throws {
    let bytes = Make.images(count: 3, height: 1, width: 2)
    for file in [bytes, Make.gzip(bytes)] {
      #expect(try InputFile(decoding: file, path: "x").count == 3)
      #expect(try InputFile(decoding: file, path: "x").tensor(2, plain(1, 1, 2)) == [4, 5])
      #expect(try InputFile(decoding: file, path: "x", index: 1).tensor(0, plain(1, 1, 2)) == [2, 3])
      for index in [-1, 3, Int.max] {
        let error = finding { try InputFile(decoding: file, path: "x", index: index) }
        #expect(error?.message == "the index \(index) is outside the file, which holds 3")
        #expect(error?.help == ["--index 0 to --index 2"])
      }
    }
    let labels = finding { try InputFile(decoding: Make.idx([3], [1, 2, 3]), path: "x") }
    #expect(labels?.message == "expected images of the shape [N,H,W], found labels: 3")
  }

  @Test func filesThatAreNone() throws {
    let folder = try TemporaryFolder()
    #expect(finding { try InputFile(path: folder.path) }?.message == "expected a file, found a directory")
    let missing = finding { try InputFile(path: folder.path + "/x.png") }
    #expect(missing?.code == .unreadableFile)
    #expect(missing?.place == .file(folder.path + "/x.png"))
    let zipped = finding { try InputFile(decoding: Make.gzip(Array("hello".utf8)), path: "x") }
    #expect(zipped?.help == ["only IDX files may be gzipped"])
  }
}
