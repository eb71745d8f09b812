import CNNImages
import CNNSpec

/// Changes training images at random as a recipe says, so that no two epochs show the same.
///
/// The augmentations work on the prepared bytes, in the recipe's order. What one draws depends on the seed,
/// the epoch, the image's number in the data set and the augmentation's position in the recipe only. What
/// comes into the image from outside is 0, black; a cutout is 0 after normalisation, the mean.
package struct Augmenter: Hashable, Sendable {
  package let augmentations: [TrainingRecipe.Augmentation]
  package let seed: UInt64

  package init(_ augmentations: [TrainingRecipe.Augmentation], seed: UInt64) {
    self.augmentations = augmentations
    self.seed = seed
  }

  /// An augmented image.
  package struct Result: Hashable, Sendable {
    package var image: Image
    /// One channel: how far (255: wholly) a pixel is cut out; nil where nothing is.
    package var cutout: Image?

    /// Moves the image, and what is cut out of it with it.
    fileprivate mutating func move(_ move: (Image) -> Image) {
      image = move(image)
      cutout = cutout.map(move)
    }
  }

  /// - Parameters:
  ///   - image: as a preprocessor's `prepared` returns it.
  ///   - index: the image's number in the data set.
  package func callAsFunction(_ image: Image, epoch: Int, index: Int) -> Result {
    var result = Result(image: image)
    for (position, augmentation) in augmentations.enumerated() {
      var random = DataRandom(.augmentation(position), seed: seed, epoch: epoch, image: index)
      switch augmentation {
      case .crop(let pixels), .shift(let pixels):
        // A random crop of the padded image is the image, shifted.
        let down = random.number(in: -pixels...pixels)
        let right = random.number(in: -pixels...pixels)
        result.move { $0.moved(down: down, right: right) }
      case .flipHorizontally: if random.below(2) == 1 { result.move { $0.flippedHorizontally() } }
      case .flipVertically: if random.below(2) == 1 { result.move { $0.flippedVertically() } }
      case .rotate(let degrees):
        let angle = (2 * random.unit() - 1) * degrees
        result.move { $0.rotated(degrees: angle) }
      case .cutout(let side):
        let (y, x) = (random.below(image.height), random.below(image.width))
        let before = result.cutout ?? Image.blank(height: image.height, width: image.width)
        result.cutout = before.filled(rows: Self.span(side, round: y), columns: Self.span(side, round: x))
      }
    }
    return result
  }

  /// Writes the network's input made of one image, `[C][H][W]`, into a batch, augmented.
  /// - Parameter image: as `preprocessor.prepared` returns it.
  /// - Precondition: `preprocessor.count` values fit behind `offset`.
  package func fill(
    _ values: inout [Float], at offset: Int, from image: Image, with preprocessor: Preprocessor,
    epoch: Int, index: Int
  ) {
    guard !augmentations.isEmpty else {
      preprocessor.normalize(image, into: &values, at: offset)
      return
    }
    let result = self(image, epoch: epoch, index: index)
    preprocessor.normalize(result.image, into: &values, at: offset)
    guard let cutout = result.cutout else { return }
    for (pixel, share) in cutout.pixels.enumerated() where share > 0 {
      for channel in 0..<preprocessor.channels {
        values[offset + channel * cutout.pixels.count + pixel] *= 1 - Float(share) / 255
      }
    }
  }

  /// `side` pixels with `middle` among them: the middle one, or the one behind the middle.
  private static func span(_ side: Int, round middle: Int) -> Range<Int> {
    middle - side / 2..<middle - side / 2 + side
  }
}

extension Image {
  /// One channel of zeros.
  fileprivate static func blank(height: Int, width: Int) -> Image {
    Image(height: height, width: width, channels: 1, pixels: [UInt8](repeating: 0, count: height * width))
  }

  /// With 255 in a rectangle, as far as that lies within the image; of one channel.
  fileprivate func filled(rows: Range<Int>, columns: Range<Int>) -> Image {
    var pixels = pixels
    for y in rows.clamped(to: 0..<height) {
      for x in columns.clamped(to: 0..<width) { pixels[y * width + x] = 255 }
    }
    return Image(height: height, width: width, channels: channels, pixels: pixels)
  }
}
