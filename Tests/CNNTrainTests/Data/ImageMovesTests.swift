import CNNImages
import Testing

@testable import CNNTrain

struct ImageMovesTests {
  /// Every byte differs from its neighbours and none is 0.
  static func image(_ height: Int, _ width: Int, channels: Int = 1) -> Image {
    let pixels = (0..<height * width * channels).map { UInt8(1 + $0 * 37 % 255) }
    return Image(height: height, width: width, channels: channels, pixels: pixels)
  }

  /// The image made of where each pixel comes from; nil: from outside.
  static func map(_ image: Image, _ from: (_ y: Int, _ x: Int) -> (Int, Int)) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<image.height {
      for x in 0..<image.width {
        let (row, column) = from(y, x)
        for channel in 0..<image.channels {
          let isInside = (0..<image.height).contains(row) && (0..<image.width).contains(column)
          pixels.append(
            isInside ? image.pixels[(row * image.width + column) * image.channels + channel] : 0)
        }
      }
    }
    return Image(height: image.height, width: image.width, channels: image.channels, pixels: pixels)
  }

  static let images = [image(1, 1), image(3, 5), image(5, 4, channels: 3), image(8, 8, channels: 3)]

  @Test(arguments: images) func `moved by whole pixels, zeros behind`(image: Image) {
    for down in [-9, -2, -1, 0, 1, 3] {
      for right in [-9, -3, 0, 1, 2] {
        let expected = Self.map(image) { ($0 - down, $1 - right) }
        #expect(image.moved(down: down, right: right) == expected, "\(down), \(right)")
      }
    }
    #expect(image.moved(down: .max, right: 0).pixels.allSatisfy { $0 == 0 })
    #expect(image.moved(down: 0, right: .min).pixels.allSatisfy { $0 == 0 })
  }

  @Test(arguments: images) func `flipped, and twice as before`(image: Image) {
    #expect(image.flippedHorizontally() == Self.map(image) { ($0, image.width - 1 - $1) })
    #expect(image.flippedVertically() == Self.map(image) { (image.height - 1 - $0, $1) })
    #expect(image.flippedHorizontally().flippedHorizontally() == image)
    #expect(image.flippedVertically().flippedVertically() == image)
  }

  @Test(arguments: images) func `rotated by whole quarters, exact`(image: Image) {
    #expect(image.rotated(degrees: 0) == image)
    #expect(image.rotated(degrees: 360) == image)
    let half = image.flippedHorizontally().flippedVertically()
    #expect(image.rotated(degrees: 180) == half && image.rotated(degrees: -180) == half)
    guard image.height == image.width else { return }
    // As numpy.rot90: row y of the result is column n - 1 - y.
    let quarter = Self.map(image) { y, x in (x, image.width - 1 - y) }
    #expect(image.rotated(degrees: 90) == quarter)
    #expect(quarter.rotated(degrees: -90) == image)
  }

  @Test func `between pixels the four neighbours are mixed`() {
    // The middle of 3 x 3 stays; by 45 degrees the pixel right of it comes from sqrt(1/2) down and right.
    let pixels: [UInt8] = [0, 0, 0, 0, 100, 40, 0, 80, 200]
    let turned = Image(height: 3, width: 3, channels: 1, pixels: pixels).rotated(degrees: 45)
    let share = 0.5.squareRoot()
    let (near, far) = (1 - share, share)
    let expected = near * near * 100 + near * far * 40 + far * near * 80 + far * far * 200
    #expect(turned.pixels[4] == 100)
    #expect(turned.pixels[5] == UInt8(expected + 0.5))
  }

  @Test func `a corner turns out of the image`() {
    let white = Image(height: 9, width: 9, channels: 1, pixels: Array(repeating: 255, count: 81))
    let turned = white.rotated(degrees: 45)
    #expect(turned.pixels[0] == 0 && turned.pixels[40] == 255 && turned.pixels[4] == 255)
  }
}
