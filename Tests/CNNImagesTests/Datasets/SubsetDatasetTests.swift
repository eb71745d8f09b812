import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

@Suite struct SubsetDatasetTests {
  @Test func `some images in an order, with their labels, files and classes`() throws {
    let folder = try TemporaryFolder()
    for (index, name) in ["ant/a", "bee/b", "bee/c", "cat/d"].enumerated() {
      try folder.write(name, Make.pgm(height: 1, width: 1, value: UInt8(index)))
    }
    let whole = try Datasets.open(folder.path, split: .train)
    let some = SubsetDataset(whole, indices: [3, 1])
    #expect(some.count == 2 && some.labels == [2, 1])
    #expect(some.classCount == 3 && some.classNames == ["ant", "bee", "cat"])
    #expect(some.isLabelledByName && !some.isInMemory)
    #expect(try (0..<2).map { try some.image($0).pixels[0] } == [3, 1])
    #expect(some.path(1) == whole.path(1) && some.labelPath(0) == whole.labelPath(3))
    #expect(SubsetDataset(some, indices: [1]).labels == [1])
  }
}
