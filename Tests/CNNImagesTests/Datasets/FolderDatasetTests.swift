import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

@Suite struct FolderDatasetTests {
  private func pixel(_ value: UInt8) -> [UInt8] { Make.pgm(height: 1, width: 1, value: value) }

  @Test func classesAreSubfolders() throws {
    let folder = try TemporaryFolder()
    for (index, name) in ["dog/2.png", "dog/10.png", "Cat/a", "ant/x.ppm", "dog/.DS_Store", "README"]
      .enumerated()
    {
      try folder.write(name, pixel(UInt8(index)))
    }
    try folder.write("dog/inner/x.png", pixel(9))
    let dataset = try Datasets.open(folder.path, split: .test)
    #expect(dataset.classNames == ["Cat", "ant", "dog"] && dataset.classCount == 3)
    #expect(dataset.labels == [0, 1, 2, 2])
    #expect(try (0..<4).map { try dataset.image($0).pixels[0] } == [2, 3, 1, 0])
    #expect(dataset.path(2) == folder.path + "/dog/10.png")
    #expect(try Datasets.open(folder.path, split: .train).count == 4, "no splits: all images")
  }

  @Test func splitsAreFolders() throws {
    let folder = try TemporaryFolder()
    for name in ["train/ant/1", "train/bee/1", "train/cat/1", "val/cat/1", "val/cat/2"] {
      try folder.write(name, pixel(1))
    }
    let train = try Datasets.open(folder.path, split: .train)
    #expect(train.labels == [0, 1, 2])
    let validation = try Datasets.open(folder.path, split: .test)
    #expect(validation.labels == [2, 2] && validation.classCount == 3, "numbered as in train")
    try folder.write("test/bee/1", pixel(1))
    #expect(try Datasets.open(folder.path, split: .test).labels == [1])
    try folder.write("test/wasp/1", pixel(1))
    let unknown = finding { try Datasets.open(folder.path, split: .test) }
    #expect(unknown?.message == "expected one of the 3 classes of train, found wasp")
    #expect(unknown?.place == .file(folder.path + "/test/wasp"))
    let many = finding { try Datasets.open(folder.path, split: .train, classes: 2) }
    #expect(many?.message == "image 2 has the label 2 (cat); expected 0 to 1")
  }

  @Test func saysWhatIsWrong() throws {
    let folder = try TemporaryFolder()
    let empty = finding { try Datasets.open(folder.path, split: .test) }
    #expect(empty?.message == "expected images and labels, found an empty folder")
    #expect(empty?.code == .dataFolder && empty?.place == .file(folder.path) && empty?.help.count == 3)
    try folder.write("notes.txt", [])
    let notes = finding { try Datasets.open(folder.path, split: .test) }
    #expect(notes?.message == "expected images and labels, found notes.txt")
    try folder.write("ant/.hidden", [])
    let none = finding { try Datasets.open(folder.path, split: .test) }
    #expect(none?.message == "expected images in the sub-folders, found none in ant")
    try folder.write("train/ant/1", pixel(1))
    let split = finding { try Datasets.open(folder.path, split: .test) }
    #expect(split?.message == "the test split needs a folder test or val; found train")
    #expect(finding { try Datasets.open(folder.path + "/x", split: .test) }?.code == .unreadableFile)
    let file = finding { try Datasets.open(folder.path + "/notes.txt", split: .test) }
    #expect(file?.message == "expected a directory, found a file")
  }

  @Test func aFileThatIsNoImage() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("ant/notes.txt", Array("hello".utf8))
    let dataset = try Datasets.open(folder.path, split: .test)
    let error = finding { try dataset.image(0) }
    #expect(error?.code == .inputFile)
    #expect(error?.place == .file(path))
  }
}
