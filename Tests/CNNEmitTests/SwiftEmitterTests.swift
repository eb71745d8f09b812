import CNNEmbedding
import CNNEmit
import CNNPlan
import Testing

struct SwiftEmitterTests {
  private func source(_ emission: Emission) throws -> String {
    String(decoding: try #require(SwiftEmitter.emit(emission).first).bytes, as: UTF8.self)
  }

  @Test(arguments: [true, false]) func `two emissions are the same bytes`(hasWeights: Bool) throws {
    let first = SwiftEmitter.emit(try EmissionFixture.emission(weights: hasWeights))
    #expect(first == SwiftEmitter.emit(try EmissionFixture.emission(weights: hasWeights)))
    #expect(first.map(\.name) == ["Small.swift"])
  }

  @Test func `every call of the plan is one statement, in order`() throws {
    let emission = try EmissionFixture.emission()
    let source = try source(emission)
    let names = source.matches(of: /calls\.add\(\n *"([a-z0-9_]+)"/).map { String($0.1) }
    #expect(names == (emission.plan.calls + emission.plan.prologue).map(\.kernel.rawValue))
    #expect(source.contains("public static let arenaBytes = \(emission.plan.arenaBytes)\n"))
    #expect(source.contains("public static let inputShape = [2, 6, 6]\n"))
    #expect(source.contains("public static let outputShape = [3]\n"))
  }

  @Test func `every call of a training step is one statement, behind inference's, which stays`() throws {
    let emission = try EmissionFixture.emission(trains: true)
    let step = try #require(emission.training)
    let source = try source(emission)
    let names = source.matches(of: /calls\.add\(\n *"([a-z0-9_]+)"/).map { String($0.1) }
    let calls = emission.plan.calls + emission.plan.prologue + step.calls
    #expect(names == calls.map(\.kernel.rawValue))
    let inference = try self.source(EmissionFixture.emission())
    let head = try #require(inference.firstRange(of: "  /// The trained numbers")).lowerBound
    #expect(source.hasPrefix(inference[..<head]))
  }

  @Test(arguments: [
    (EmissionFixture.small, "labels: [Label]"), ("input: 1x4x4\nnetwork: fc(3)", "labels: [Int]"),
    ("input: 1x4x4\nnetwork: fc(3)\ntrain: {loss: mse}", "targets: Span<Float>"),
  ])
  func `a step takes what its loss compares with`(text: String, parameter: String) throws {
    let source = try source(try EmissionFixture.emission(text, trains: true))
    #expect(source.contains("_ input: Input, \(parameter), learningRate: Float\n"))
  }

  @Test func `a network of pixels is told the class of each`() throws {
    let text = "input: 1x4x5\nnetwork: conv(3, 3x3, pad=1)\ntrain: {batch: 2}"
    let source = try source(try EmissionFixture.emission(text, trains: true))
    #expect(
      source.contains("the classes of the pixels of the 2 images, 40 of them, row behind row, from 0 to 2."))
    #expect(source.contains(/targets: \([0-9]+, 40\)/))
  }

  @Test func `weights and the optimizer's state lie side by side`() throws {
    let emission = try EmissionFixture.emission(trains: true)
    let step = try #require(emission.training)
    let source = try source(emission)
    // The recipe left out has momentum: a velocity a tensor, and the rate.
    let state = step.parameters.count - emission.tensors.count
    #expect(state == emission.tensors.count + 1)
    let bytes = (emission.tensors.map(\.count) + emission.tensors.map(\.count) + [1]).reduce(0) {
      $0 + ($1 * 4 + 63) / 64 * 64
    }
    #expect(source.contains("weightBytes: \(bytes),"))
    #expect(source.contains("public static let memoryBytes = \(bytes + step.arenaBytes)\n"))
  }

  @Test func `labels become cases, whatever they are`() throws {
    let labels = [
      "T-shirt/top", "top", "Top", "3", "猫", "class", "CAT dog", "say \"\\\"", "texts", "all cases",
    ]
    let list = labels.map { "'\($0)'" }.joined(separator: ", ")
    let text = "input: 1x4x4\nnetwork: fc(10)\nclasses: [\(list)]"
    let source = try source(try EmissionFixture.emission(text))
    let cases = source.matches(of: /\n    case (.+)/).map { String($0.1) }
    #expect(
      cases == [
        "tShirtTop", "top", "topClass2", "class3", "class4", "`class`", "catDog", "say", "textsClass8",
        "allCasesClass9",
      ])
    #expect(source.contains(#"      "say \"\\\"","#))
  }

  @Test func `weights go into the source, or into a file whose hash it knows`() throws {
    let inside = SwiftEmitter.emit(try EmissionFixture.emission())
    #expect(inside.map(\.name) == ["Small.swift"])
    let files = SwiftEmitter.emit(try EmissionFixture.emission { $0.weightsPlace = .file })
    #expect(files.map(\.name) == ["Small.swift", "Small.weights"])
    var hash = ContentHash()
    hash.add(Array(files[1].bytes[WeightsFile.headerBytes...]))
    #expect(String(decoding: files[0].bytes, as: UTF8.self).contains("hash: 0x\(hash),"))
    #expect(!String(decoding: inside[0].bytes, as: UTF8.self).contains("hash: "))
  }

  @Test(arguments: [(1, "gray"), (2, "its 2 channels"), (3, "red, green and blue"), (4, "its 4 channels")])
  func `pixels of any number of channels become an input`(channels: Int, pixel: String) throws {
    let source = try source(try EmissionFixture.emission("input: \(channels)x4x4\nnetwork: fc(2)"))
    #expect(
      source.contains(
        "/// - Parameter pixels: \(16 * channels) bytes, row behind row, each pixel \(pixel).\n"))
    #expect(source.contains("public init(pixels: Span<UInt8>)"))
  }

  @Test func `without weights, the type takes any weights of its network`() throws {
    let files = SwiftEmitter.emit(try EmissionFixture.emission(weights: false))
    #expect(files.map(\.name) == ["Small.swift"])
    #expect(String(decoding: files[0].bytes, as: UTF8.self).contains("hash: nil,"))
  }

  @Test func `weights that are not there cannot go into the source`() {
    #expect(throws: (any Error).self) {
      try EmissionFixture.emission(weights: false) { $0.weightsPlace = .source }
    }
  }

  @Test func `each tensor of a weights file is aligned and whole`() throws {
    let emission = try EmissionFixture.emission()
    let image = WeightsImage(emission.tensors)
    var bytes: [UInt8] = []
    image.append(to: &bytes, emission.weights(of:))
    #expect(bytes.count == image.bytes && image.offsets.allSatisfy { $0 % 64 == 0 })
    for (offset, parameter) in zip(image.offsets, emission.plan.parameters) {
      #expect(bytes[offset..<offset + 4].elementsEqual([0, 0, 0, 0x3F]))
      #expect(bytes[offset + parameter.count * 4 - 1] == 0x3F, "0.5 is 0x3F000000")
    }
  }
}
