import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

@Suite struct IDXDatasetTests {
  @Test func opensBothSplitsHoweverTheyAreNamed() throws {
    for (suffix, dot) in [("", "-"), (".gz", "-"), ("", "."), (".gz", ".")] {
      let folder = try TemporaryFolder()
      func put(_ name: String, _ bytes: [UInt8]) throws {
        try folder.write(name + suffix, suffix.isEmpty ? bytes : Make.gzip(bytes))
      }
      try put("train-images\(dot)idx3-ubyte", Make.images(count: 3, height: 2, width: 2))
      try put("train-labels\(dot)idx1-ubyte", Make.idx([3], [0, 4, 1]))
      try put("t10k-images\(dot)idx3-ubyte", Make.images(count: 1, height: 2, width: 2))
      try put("t10k-labels\(dot)idx1-ubyte", Make.idx([1], [2]))
      let train = try Datasets.open(folder.path, split: .train)
      #expect(train.count == 3 && train.classCount == 5 && train.labels == [0, 4, 1])
      #expect(try train.image(1) == Image(height: 2, width: 2, channels: 1, pixels: [4, 5, 6, 7]))
      let test = try Datasets.open(folder.path, split: .test, classes: 3)
      #expect(test.count == 1 && test.label(0) == 2 && test.classNames == nil)
    }
  }

  @Test func saysWhatIsMissing() throws {
    let folder = try TemporaryFolder()
    try folder.write("train-images-idx3-ubyte", Make.images(count: 1, height: 2, width: 2))
    let labels = finding { try Datasets.open(folder.path, split: .train) }
    #expect(
      labels?.message
        == "the train split needs train-labels-idx1-ubyte (or .gz); found train-images-idx3-ubyte")
    #expect(labels?.code == .dataFolder)
    let test = finding { try Datasets.open(folder.path, split: .test) }
    #expect(
      test?.message == "the test split needs t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (or .gz); "
        + "found train-images-idx3-ubyte")
  }

  @Test func saysWhatDoesNotFit() throws {
    let folder = try TemporaryFolder()
    let images = try folder.write("t10k-images-idx3-ubyte", Make.images(count: 2, height: 2, width: 2))
    let labels = try folder.write("t10k-labels-idx1-ubyte", Make.idx([3], [0, 1, 2]))
    let counts = finding { try Datasets.open(folder.path, split: .test) }
    #expect(counts?.message == "expected a label for each of the 2 images, found 3 labels")
    #expect(counts?.place == .file(labels))
    try folder.write("t10k-labels-idx1-ubyte", Make.idx([2], [0, 200]))
    let outside = finding { try Datasets.open(folder.path, split: .test, classes: 10) }
    #expect(outside?.message == "image 1 has the label 200; expected 0 to 9")
    #expect(outside?.place == .file(labels))
    try folder.write(
      "t10k-images-idx3-ubyte", Array(Make.gzip(Make.images(count: 2, height: 2, width: 2)).dropLast(9)))
    let truncated = finding { try Datasets.open(folder.path, split: .test) }
    #expect(truncated?.message.hasPrefix("the gzip stream is truncated") == true)
    #expect(truncated?.place == .file(images))
    try folder.write("t10k-images-idx3-ubyte", Array(Make.images(count: 2, height: 2, width: 2).dropLast()))
    let short = finding { try Datasets.open(folder.path, split: .test) }
    #expect(short?.message == "the IDX header 2x2x2 makes 24 bytes, found 23")
    #expect(short?.place == .file(images) && short?.help.first?.hasPrefix("it is truncated") == true)
    try folder.write("t10k-images-idx3-ubyte", Array("no IDX at all".utf8))
    #expect(finding { try Datasets.open(folder.path, split: .test) }?.code == .inputFile)
  }

  @Test func aFolderInAFilesPlace() throws {
    let folder = try TemporaryFolder()
    try folder.write("t10k-images-idx3-ubyte/x", [])
    try folder.write("t10k-labels-idx1-ubyte", Make.idx([1], [0]))
    let error = finding { try Datasets.open(folder.path, split: .test) }
    #expect(error?.message == "expected a file, found a directory")
    #expect(error?.place == .file(folder.path + "/t10k-images-idx3-ubyte"))
  }

  /// Debian's package dataset-fashion-mnist, where it is installed.
  @Test(.enabled(if: FileSystem.kind(of: "/usr/share/datasets/fashion-mnist") == .directory))
  func fashionMNIST() throws {
    let test = try Datasets.open("/usr/share/datasets/fashion-mnist", split: .test, classes: 10)
    #expect(test.count == 10_000 && test.classCount == 10)
    #expect(test.labels.prefix(6) == [9, 2, 1, 1, 6, 1])
    #expect(try test.image(0) == Fixtures.image("fashion-0-ankle-boot.png"))
    #expect(try test.image(5) == Fixtures.image("fashion-5-trouser.png"))
    let train = try Datasets.open("/usr/share/datasets/fashion-mnist", split: .train)
    #expect(train.count == 60_000)
    let counts = train.labels.reduce(into: [Int](repeating: 0, count: 10)) { $0[$1] += 1 }
    #expect(counts == .init(repeating: 6000, count: 10))
  }
}
