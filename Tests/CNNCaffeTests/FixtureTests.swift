import CNN
import CNNCaffe
import CNNGraph
import CNNImport
import CNNProtobuf
import CNNSpec
import Testing

/// Whole networks: numbers against OpenCV's, and the sizes of published ones.
struct FixtureTests {
  private static let folder =
    #filePath.split(separator: "/").dropLast(2).reduce(into: "") { $0 += "/" + $1 } + "/Fixtures/caffe/"

  private static func floats(_ name: String) throws -> [Float] {
    ByteSlice(try FileSystem.read(folder + name)).elements(as: Float.self)
  }

  @Test(arguments: ["every", "fcn"]) func `a network computes what OpenCV does`(name: String) throws {
    let network = try ImportedNetwork(
      caffe: Self.folder + name + ".prototxt", weights: Self.folder + name + ".caffemodel")
    let weights = try #require(try network.weights())
    let compiled = try Model(network.source.report()).compile(weights: .tensors(weights))
    var session = try compiled.makeSession()
    let found = Array(try session.run(Self.floats(name + ".input")))
    let expected = try Self.floats(name + ".output")
    try #require(found.count == expected.count)
    let largest = expected.reduce(0) { max($0, abs($1)) }
    let difference = zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(largest > 0.1 && difference < 1e-5 * largest, "\(difference) of \(largest)")
  }

  /// Parameters, and multiplications as the papers count them.
  @Test(arguments: [("googlenet", 6_998_552, 1_582_671_872), ("vgg16", 138_357_544, 15_470_264_320)])
  func `a published network has its size`(name: String, parameters: Int, multiplications: Int) throws {
    let network = try ImportedNetwork(caffe: Self.folder + name + ".prototxt")
    #expect(network.parameters.reduce(0) { $0 + $1.dimensions.reduce(1, *) } == parameters)
    let (checked, _) = try network.source.report().single()
    #expect(checked.layers.reduce(0) { $0 + $1.multiplications } == multiplications)
    // The losses of training have gone, one softmax is left.
    #expect(checked.layers.last?.name == "softmax1" && !checked.layers.contains { $0.name == "softmax2" })
  }
}
