import CNNEmbedding
import Testing

struct EmbeddedInputTests {
  /// Two images of two pixels of red, green and blue.
  private static let pixels: [UInt8] = [2, 4, 6, 8, 10, 12, 1, 3, 5, 7, 9, 11]

  @Test(
    arguments: [
      // (byte / 2 - mean) / std: means 1, 2, 3 and deviations 1, 1, 0.5 of the first, second and third plane.
      (false, [0, 3, 0, 3, 0, 6, -0.5, 2.5, -0.5, 2.5, -1, 5]),
      (true, [2, 5, 0, 3, -4, 2, 1.5, 4.5, -0.5, 2.5, -5, 1]),
    ] as [(Bool, [Float])])
  func `pixels become planes`(isReversed: Bool, expected: [Float]) throws {
    let values = try EmbeddedInput.elements(
      pixels: Self.pixels.span, shape: [3, 1, 2], images: 2, scale: 0.5, mean: [1, 2, 3], std: [1, 1, 0.5],
      isReversed: isReversed)
    #expect(values == expected)
  }

  @Test func `one mean and deviation serve all channels`() throws {
    let values = try EmbeddedInput.elements(
      pixels: [10, 20].span, shape: [2, 1, 1], images: 1, scale: 0.1, mean: [1], std: [2], isReversed: false)
    #expect(values == [0, 0.5])
  }

  @Test func `another number of pixels is refused`() {
    #expect(throws: EmbeddingError.inputCount(of: "pixels", expected: 4, found: 2)) {
      try EmbeddedInput.elements(
        pixels: [1, 2].span, shape: [1, 2, 2], images: 1, scale: 1, mean: [0], std: [1], isReversed: false)
    }
  }
}
