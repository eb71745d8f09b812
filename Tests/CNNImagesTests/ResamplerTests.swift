import CNNSpec
import Testing

@testable import CNNImages

@Suite struct ResamplerTests {
  /// Every file of `resize`, named `SOURCE.HxW`, equals what Pillow made.
  @Test func equalsPillow() throws {
    let names = try FileSystem.names(in: Fixtures.path("resize"))
    #expect(names.count >= 13)
    for name in names {
      let parts = name.split(separator: ".")
      let source = try Fixtures.image(parts[0] == "gray" ? "gray.pgm" : "rgb.ppm")
      let size = parts[1].split(separator: "x").compactMap { Int($0) }
      let resized = source.resized(to: Size2D(height: size[0], width: size[1]))
      #expect(try resized == Fixtures.image("resize/\(name)"), "\(name)")
    }
  }

  @Test func aWindowIsACropOfTheWhole() throws {
    let image = try Fixtures.image("rgb.ppm")
    let window = Window(top: 3, left: 2, height: 5, width: 4)
    for (height, width) in [(9, 8), (23, 8), (9, 31), (23, 31), (50, 70)] {
      let size = Size2D(height: height, width: width)
      #expect(image.resized(to: size, window: window) == image.resized(to: size).cropped(to: window))
    }
  }

  @Test func keepsConstantsAndExtremes() {
    for value: UInt8 in [0, 1, 127, 254, 255] {
      let image = Image(height: 7, width: 5, channels: 1, pixels: .init(repeating: value, count: 35))
      let resized = image.resized(to: Size2D(height: 13, width: 3))
      #expect(resized.pixels.allSatisfy { $0 == value })
    }
  }

  /// 1 x 3,000,000 shrunk, and a window of what would be 10^18 pixels.
  @Test func computesOnlyTheWindow() {
    let line = Image(height: 1, width: 3_000_000, channels: 1, pixels: .init(repeating: 9, count: 3_000_000))
    #expect(line.resized(to: Size2D(height: 2, width: 3)).pixels == .init(repeating: 9, count: 6))
    let dot = Image(height: 1, width: 2, channels: 1, pixels: [0, 200])
    let middle = 500_000_000
    let window = Window(top: middle, left: middle, height: 1, width: 2)
    #expect(
      dot.resized(to: Size2D(height: 2 * middle, width: 2 * middle), window: window).pixels == [100, 100])
  }

  @Test func weightsOfAnUpscaledPixel() {
    let weights = ResampleWeights(from: 2, to: 4, outputs: 0..<4)
    #expect(weights.spans == [0..<1, 0..<2, 0..<2, 1..<2])
    #expect(weights.values == [4, 3, 1, 1, 3, 4].map { $0 << 20 }, "quarters of 2^22")
  }
}
