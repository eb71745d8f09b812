import Testing

@testable import CNNTrain

struct BatchCountTests {
  @Test func `as few batches as hold all images`() {
    for images in 0...40 {
      for size in 1...45 {
        let batches = images.batches(of: size)
        #expect(batches * size >= images && (batches - 1) * size < max(images, 1), "\(images) by \(size)")
      }
    }
    #expect(Int.max.batches(of: 2) == 1 << 62)
  }
}
