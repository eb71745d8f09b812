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
    let image = WeightsImage(emission.plan)
    var bytes: [UInt8] = []
    image.append(to: &bytes, emission.weights(of:))
    #expect(bytes.count == image.bytes && image.offsets.allSatisfy { $0 % 64 == 0 })
    for (offset, parameter) in zip(image.offsets, emission.plan.parameters) {
      #expect(bytes[offset..<offset + 4].elementsEqual([0, 0, 0, 0x3F]))
      #expect(bytes[offset + parameter.count * 4 - 1] == 0x3F, "0.5 is 0x3F000000")
    }
  }
}
