import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

@Suite struct CIFARDatasetTests {
  /// A record whose planes are filled with three values.
  private func record(_ label: UInt8, _ color: [UInt8]) -> [UInt8] {
    [label] + color.flatMap { [UInt8](repeating: $0, count: 1024) }
  }

  @Test func readsBatchesInOrder() throws {
    let folder = try TemporaryFolder()
    for batch in 1...5 {
      let first = record(UInt8(batch), [UInt8(batch), 2, 3])
      try folder.write("data_batch_\(batch).bin", first + record(9, [UInt8(10 * batch), 0, 0]))
    }
    try folder.write("test_batch.bin", record(7, [1, 2, 3]))
    let names = (0..<10).map { "class\($0)" }
    try folder.write("batches.meta.txt", Array((names.joined(separator: "\n") + "\n\n").utf8))
    let train = try Datasets.open(folder.path, split: .train, classes: 10)
    #expect(train.count == 10 && train.classCount == 10 && train.classNames == names)
    #expect(train.labels == [1, 9, 2, 9, 3, 9, 4, 9, 5, 9])
    let image = try train.image(5)
    #expect([image.height, image.width, image.channels] == [32, 32, 3])
    #expect(Array(image.pixels[..<6]) == [30, 0, 0, 30, 0, 0])
    #expect(train.path(5) == folder.path + "/data_batch_3.bin")
    let test = try Datasets.open(folder.path, split: .test)
    #expect(try test.count == 1 && test.image(0).pixels.suffix(3) == [1, 2, 3])
  }

  @Test func pixelsAreInRows() throws {
    let folder = try TemporaryFolder()
    try folder.write("test_batch.bin", [0] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 / 32) })
    let image = try Datasets.open(folder.path, split: .test).image(0)
    #expect(Array(image.pixels[(32 * 5 + 3) * 3..<(32 * 5 + 4) * 3]) == [5, 37, 69], "row 5 of each plane")
  }

  @Test func saysWhatIsWrong() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("data_batch_1.bin", record(3, [1, 2, 3]))
    let missing = finding { try Datasets.open(folder.path, split: .train) }
    #expect(
      missing?.message
        == "the train split needs data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin")
    #expect(missing?.code == .dataFolder)
    for batch in 2...5 { try folder.write("data_batch_\(batch).bin", record(3, [1, 2, 3])) }
    try folder.write("data_batch_1.bin", record(3, [1, 2, 3]) + [1])
    let size = finding { try Datasets.open(folder.path, split: .train) }
    #expect(size?.message == "expected records of 3073 bytes, found 3074 bytes in all")
    #expect(size?.place == .file(path))
    try folder.write("data_batch_1.bin", [])
    #expect(finding { try Datasets.open(folder.path, split: .train) }?.code == .dataFolder)
    try folder.write("data_batch_1.bin", record(3, [1, 2, 3]) + record(10, [1, 2, 3]))
    let label = finding { try Datasets.open(folder.path, split: .train) }
    #expect(label?.message == "record 1 has the label 10; expected 0 to 9")
    try folder.write("data_batch_1.bin", record(3, [1, 2, 3]))
    let classes = finding { try Datasets.open(folder.path, split: .train, classes: 2) }
    #expect(classes?.message == "image 0 has the label 3; expected 0 to 1")
  }
}
