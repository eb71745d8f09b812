import CNNImages
import CNNSpec
import Testing

@testable import CNNTrain

struct PreparedImagesTests {
  @Test func `what is decoded is kept, if all of it fits`() throws {
    let dataset = TestDataset(count: 10, isInMemory: false)
    let preprocessor = try dataset.preprocessor()
    let size = 10 * (16 + 80)
    for (limit, keeps) in [(size, true), (size - 1, false)] {
      let before = dataset.readCount
      let images = try PreparedImages(dataset, preprocessor, count: 10, limit: limit)
      #expect(images.keepsImages == keeps)
      for _ in 0..<3 {
        for index in 0..<10 { #expect(try images(index).pixels[1] == TestDataset.byte(index, 1)) }
      }
      #expect(dataset.readCount - before == (keeps ? 10 : 30))
    }
  }

  @Test func `what lies in memory in the right size is not kept again`() throws {
    let dataset = TestDataset(count: 4)
    #expect(try !PreparedImages(dataset, dataset.preprocessor(), count: 4).keepsImages)
    var preprocessing = Preprocessing()
    preprocessing.resize = .exact(height: 8, width: 8)
    let larger = try Preprocessor(preprocessing, channels: 1, height: 8, width: 8)
    let images = try PreparedImages(dataset, larger, count: 4)
    #expect(images.keepsImages)
    #expect(try images(2) == larger.prepared(dataset.image(2), name: "x"))
  }
}
