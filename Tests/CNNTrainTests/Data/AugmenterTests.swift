import CNNImages
import CNNSpec
import Testing

@testable import CNNTrain

struct AugmenterTests {
  typealias Augmentation = TrainingRecipe.Augmentation

  private let image = ImageMovesTests.image(9, 9)

  static func every(_ side: Int) -> [Augmentation] {
    [.crop(2), .flipHorizontally, .rotate(20), .flipVertically, .shift(1), .cutout(side)]
  }

  /// The results for many images of the same bytes.
  private func results(_ augmentations: [Augmentation], count: Int = 5000, epoch: Int = 0) -> [Image] {
    let augmenter = Augmenter(augmentations, seed: 11)
    return (0..<count).map { augmenter(image, epoch: epoch, index: $0).image }
  }

  @Test func `nothing to do changes nothing`() {
    for augmentations in [[], [.crop(0)], [.shift(0)], [.rotate(0)]] as [[Augmentation]] {
      #expect(results(augmentations, count: 50).allSatisfy { $0 == image }, "\(augmentations)")
    }
  }

  @Test(arguments: [Augmentation.crop(2), .shift(2)])
  func `every move within the range is as likely as the others`(augmentation: Augmentation) {
    let moves = (-2...2).flatMap { down in (-2...2).map { (down, $0) } }
    let images = moves.map { image.moved(down: $0.0, right: $0.1) }
    let places = results([augmentation]).map { images.firstIndex(of: $0) }
    #expect(!places.contains(nil), "another move")
    #expect(DataRandomTests.isUniform(images.indices.map { place in places.count { $0 == place } }))
  }

  @Test(arguments: [Augmentation.flipHorizontally, .flipVertically])
  func `half of the images are flipped`(augmentation: Augmentation) {
    let flipped =
      augmentation == .flipHorizontally ? image.flippedHorizontally() : image.flippedVertically()
    let results = results([augmentation])
    let counts = [image, flipped].map { image in results.count { $0 == image } }
    #expect(counts.reduce(0, +) == 5000 && DataRandomTests.isUniform(counts), "\(counts)")
  }

  @Test func `angles cover their range evenly`() {
    // A bright pixel far from the middle tells the angle by its place.
    let side = 201
    var pixels = [UInt8](repeating: 0, count: side * side)
    pixels[100 * side + 200] = 255
    let dot = Image(height: side, width: side, channels: 1, pixels: pixels)
    // Up and down by sin 30 degrees of 100 pixels, in four bins of equal angles.
    let bounds = [-30.0, -15, 0, 15, 30]
    let rows = [-50.0, -25.88, 0, 25.88, 50]
    let augmenter = Augmenter([.rotate(30)], seed: 2)
    var counts = [Int](repeating: 0, count: bounds.count - 1)
    for index in 0..<400 {
      let turned = augmenter(dot, epoch: 0, index: index).image
      let weights = turned.pixels.enumerated().map { (Double($0.offset / side - 100), Double($0.element)) }
      let total = weights.reduce(0) { $0 + $1.1 }
      guard total > 0 else { continue }  // at the edge it may have left the image
      let row = weights.reduce(0) { $0 + $1.0 * $1.1 } / total
      #expect(abs(row) < 50.6)
      counts[max(0, min(3, rows.dropFirst().firstIndex { row < $0 }.map { $0 - 1 } ?? 3))] += 1
    }
    #expect(counts.reduce(0, +) > 390 && DataRandomTests.isUniform(counts), "\(counts)")
  }

  @Test func `a cutout's middle is anywhere, and it ends at the edges`() throws {
    let augmenter = Augmenter([.cutout(3)], seed: 4)
    var counts = [Int](repeating: 0, count: 81)
    let squares = (0..<81).map { middle -> [UInt8] in
      let (y, x) = (middle / 9, middle % 9)
      return (0..<81).map { abs($0 / 9 - y) <= 1 && abs($0 % 9 - x) <= 1 ? 255 : 0 }
    }
    for index in 0..<8100 {
      let result = augmenter(image, epoch: 0, index: index)
      #expect(result.image == image)
      let cutout = try #require(result.cutout)
      counts[try #require(squares.firstIndex(of: cutout.pixels))] += 1
    }
    #expect(DataRandomTests.isUniform(counts), "\(counts)")
  }

  @Test(arguments: [2, 4]) func `an even side is whole`(side: Int) throws {
    let augmenter = Augmenter([.cutout(side)], seed: 4)
    let sizes = (0..<500).map { augmenter(image, epoch: 0, index: $0).cutout?.pixels.count { $0 > 0 } ?? 0 }
    #expect(sizes.max() == side * side && (sizes.min() ?? 0) >= side / 2 * side / 2)
  }

  @Test func `what is cut out is the mean in every channel, and nothing else changes`() throws {
    var preprocessing = Preprocessing()
    preprocessing.mean = [10, 20, 30]
    preprocessing.std = [2]
    let preprocessor = try Preprocessor(preprocessing, channels: 3, height: 9, width: 9)
    let color = ImageMovesTests.image(9, 9, channels: 3)
    let plain = try preprocessor.tensor(from: color, name: "x")
    for index in 0..<20 {
      let augmenter = Augmenter([.cutout(4)], seed: 4)
      let cutout = try #require(augmenter(color, epoch: 1, index: index).cutout)
      var values = [Float](repeating: 7, count: plain.count + 4)
      augmenter.fill(&values, at: 2, from: color, with: preprocessor, epoch: 1, index: index)
      let expected = plain.enumerated().map { cutout.pixels[$0.offset % 81] == 255 ? 0 : $0.element }
      #expect(values == [7, 7] + expected + [7, 7])
    }
  }

  @Test func `a cutout moves with what comes after it, not with what came before`() throws {
    for index in 0..<50 {
      let alone = Augmenter([.cutout(3), .crop(0)], seed: 4)(image, epoch: 0, index: index)
      let before = try #require(alone.cutout)
      let moved = Augmenter([.cutout(3), .shift(3)], seed: 4)(image, epoch: 0, index: index)
      let moves = (-3...3).flatMap { down in (-3...3).map { (down, $0) } }
      let (down, right) = try #require(
        moves.first { image.moved(down: $0.0, right: $0.1) == moved.image })
      #expect(moved.cutout == before.moved(down: down, right: right))
    }
    let first = Augmenter([.shift(3), .cutout(9)], seed: 4)(image, epoch: 0, index: 0)
    #expect(first.cutout?.pixels.contains(255) == true)
  }

  @Test func `augmentations come in the recipe's order, each with a draw of its own`() {
    let both = results([.flipHorizontally, .shift(2)], count: 500)
    let flips = results([.flipHorizontally], count: 500)
    let augmenter = Augmenter([.crop(0), .shift(2)], seed: 11)
    for index in 0..<500 { #expect(both[index] == augmenter(flips[index], epoch: 0, index: index).image) }
    // The same augmentation twice draws twice: moves of up to 4 pixels come of it.
    let moves = (-2...2).flatMap { down in (-2...2).map { (down, $0) } }
    let single = moves.map { image.moved(down: $0.0, right: $0.1) }
    #expect(results([.shift(2), .shift(2)], count: 200).contains { !single.contains($0) })
  }

  @Test func `seed, epoch and image decide, and nothing else`() {
    let augmenter = Augmenter(Self.every(2), seed: 6)
    let ascending = (0..<40).map { augmenter(image, epoch: 2, index: $0) }
    let descending = (0..<40).reversed().map { augmenter(image, epoch: 2, index: $0) }
    #expect(ascending == descending.reversed())
    #expect(Set(ascending).count == 40)
    #expect(augmenter(image, epoch: 3, index: 0) != ascending[0])
    #expect(Augmenter(Self.every(2), seed: 7)(image, epoch: 2, index: 0) != ascending[0])
  }
}
