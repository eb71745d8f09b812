import CNN
import CNNDarknet
import CNNImport
import CNNSpec
import Testing

/// Results beside those of Darknet itself.
struct NumbersTests {
  /// The outputs of a network for one image.
  static func outputs(_ network: ImportedNetwork, _ image: [Float]) throws -> [[Float]] {
    let weights = try #require(try network.weights())
    let model = try Model(network.source.report())
    var session = try model.compile(weights: .tensors(weights)).makeSession()
    _ = try session.run(image)
    return try model.outputNames.map { try session.output($0) }
  }

  static func isNear(_ found: [Float], _ expected: [Float], within tolerance: Float = 2e-6) -> Bool {
    let largest = expected.map(abs).max() ?? 0
    return found.count == expected.count
      && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance * largest }
  }

  @Test(arguments: [
    ("layers", 3 * 29 * 33, false), ("order", 3 * 24 * 24, true), ("heads", 3 * 8 * 8, false),
    ("pass", 9 * 9, false),
  ])
  func `a network computes what Darknet does`(name: String, count: Int, isCentred: Bool) throws {
    let path = "\(DarknetFixtures.folder)/\(name)"
    let network = try ImportedNetwork(darknet: path + ".cfg", weights: path + ".weights")
    // Darknet's own images are 0 to 1; its [crop] makes them -1 to 1.
    let image = (0..<count).map { index in
      let value = Float(index * 7919 % 1000) / 1000
      return isCentred ? 2 * value - 1 : value
    }
    let found = try Self.outputs(network, image)
    #expect(found.count == (name == "heads" ? 2 : 1))
    for (index, values) in found.enumerated() {
      let expected = try DarknetFixtures.floats("\(path).\(index).f32")
      #expect(expected.allSatisfy { $0.isFinite })
      #expect(Self.isNear(values, expected), "\(name) \(index)")
    }
  }

  @Test func `a batch norm divides by the deviation and a millionth, however small the variance`() throws {
    let text = "[net]\nchannels=4\nheight=1\nwidth=1\n[batchnorm]\n"
    let (scales, means): ([Float], [Float]) = ([1, -2, 0.5, 3], [0.25, -1, 0, 2])
    let variances: [Float] = [0, 1e-12, 1e-6, 4]
    let network = try DarknetFixtures.network(
      text, weights: DarknetFixtures.weights(scales + means + variances))
    let image: [Float] = [0.5, 1, -0.25, 8]
    let expected = (0..<4).map { index in
      let deviation = Double(variances[index]).squareRoot() + 1e-6
      return Float(Double(image[index] - means[index]) / deviation * Double(scales[index]))
    }
    let found = try Self.outputs(network, image)[0]
    for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-6 * abs(b), "\(found), \(expected)") }
  }

  @Test func `old files have the matrices of connected layers the other way round`() throws {
    let text = "[net]\nchannels=3\nheight=1\nwidth=1\n[connected]\noutput=2\nactivation=linear\n"
    let (bias, rows): ([Float], [[Float]]) = ([0.5, -1], [[1, 2, 3], [4, 5, 6]])
    let image: [Float] = [1, 10, 100]
    let columns = (0..<3).flatMap { column in rows.map { $0[column] } }
    let cases: [(bytes: [UInt8], name: String)] = [
      (DarknetFixtures.weights(bias + rows.joined()), "0.2"),
      (DarknetFixtures.weights(bias + rows.joined(), minor: 1, isLong: false), "0.1"),
      (DarknetFixtures.weights(bias + columns, major: 1001, isLong: false), "1001"),
      (DarknetFixtures.weights(bias + columns, minor: 2000, isLong: false), "0.2000"),
    ]
    for (bytes, name) in cases {
      let network = try DarknetFixtures.network(text, weights: bytes)
      #expect(try Self.outputs(network, image) == [[321.5, 653]], "\(name)")
    }
  }

  @Test func `flipped weights have the filters last`() throws {
    let text = "[net]\nchannels=2\nheight=1\nwidth=2\n[conv]\nfilters=3\nsize=1\nactivation=linear\n"
    let (bias, rows): ([Float], [[Float]]) = ([0, 1, 2], [[1, 2], [3, 4], [5, 6]])
    let columns = (0..<2).flatMap { column in rows.map { $0[column] } }
    let plain = try DarknetFixtures.network(text, weights: DarknetFixtures.weights(bias + rows.joined()))
    let flipped = try DarknetFixtures.network(
      text + "flipped=1\n", weights: DarknetFixtures.weights(bias + columns))
    let image: [Float] = [1, 2, 10, 20]
    #expect(try Self.outputs(plain, image) == [[21, 42, 44, 87, 67, 132]])
    #expect(try Self.outputs(flipped, image) == Self.outputs(plain, image))
  }
}
