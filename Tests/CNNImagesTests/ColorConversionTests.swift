import CNNSpec
import Testing

@testable import CNNImages

@Suite struct ColorConversionTests {
  @Test func lumaIsPillows() throws {
    #expect(
      try Fixtures.image("rgb.ppm").converted(toChannels: 1)
        == Fixtures.image("preprocess/luma.crop23x31.pgm"))
  }

  @Test(
    arguments: [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([255, 255, 255], 255)]
      as [([UInt8], UInt8)])
  func luma(color: [UInt8], expected: UInt8) {
    let image = Image(height: 1, width: 1, channels: 3, pixels: color)
    #expect(image.converted(toChannels: 1).pixels == [expected])
  }

  @Test func grayIsRepeated() {
    let image = Image(height: 2, width: 1, channels: 1, pixels: [3, 4])
    #expect(image.converted(toChannels: 3).pixels == [3, 3, 3, 4, 4, 4])
    #expect(image.converted(toChannels: 1) == image)
  }
}
