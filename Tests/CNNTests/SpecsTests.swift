import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec
import Foundation
import Testing

@testable import CNN

/// What each shipped spec says of itself is what the checker counts, and what the papers say.
struct SpecsTests {
  /// Parameters and multiplications, from the papers and from the implementations that they are known by.
  static let counts: [String: (parameters: Int, multiplications: Int)] = [
    "alexnet": (60_965_224, 724_406_816), "alexnet-torchvision": (61_100_840, 714_188_480),
    "alexnet-v2": (50_303_912, 736_555_776), "densenet121": (7_978_856, 2_834_161_664),
    "googlenet": (6_998_552, 1_582_671_872), "googlenet-torchvision": (6_624_904, 1_498_376_192),
    "lecture": (52_266, 16_225_280), "lenet1": (2578, 91_520), "lenet5": (61_706, 416_520),
    "lenet5-1998": (60_000, 325_680), "mobilenet-v2": (3_504_872, 300_774_272),
    "resnet101": (44_549_160, 7_801_405_440), "resnet152": (60_192_808, 11_513_626_624),
    "resnet18": (11_689_512, 1_814_073_344), "resnet20-cifar": (269_722, 40_551_040),
    "resnet34": (21_797_672, 3_663_761_408), "resnet50": (25_557_032, 4_089_184_256),
    "resnet-fashion": (1_645_546, 68_647_936),
    "squeezenet": (1_248_424, 818_924_576), "unet": (31_030_658, 150_428_424_448),
    "vgg-cifar": (3_248_202, 154_866_688), "vgg-fashion": (288_170, 29_128_448),
    "vgg-fashion-small": (86_430, 10_133_056), "vgg16": (138_357_544, 15_470_264_320),
    "vgg19": (143_667_240, 19_632_062_464), "zfnet": (62_357_608, 1_168_032_896),
  ]

  static let names = counts.keys.sorted()

  /// The comment lines above a spec, `# parameters: 61706`, by their word.
  struct Header {
    private var lines: [String: String] = [:]

    init(_ name: String) throws {
      let text = try String(contentsOfFile: Fixtures.spec(name), encoding: .utf8)
      for line in text.split(separator: "\n").prefix(while: { $0.hasPrefix("#") }) {
        let words = line.dropFirst(2).split(separator: ": ", maxSplits: 1)
        if words.count == 2 { lines[String(words[0])] = String(words[1]) }
      }
    }

    func text(_ word: String) -> String? { lines[word] }
    func number(_ word: String) -> Int? { lines[word].flatMap { Int($0) } }

    /// `# member: N=2,M=3,K=1` chooses one of a family.
    var member: Family.Member {
      (lines["member"] ?? "").split(separator: ",").map { entry in
        let sides = entry.split(separator: "=")
        return (String(sides[0]), Int(sides[1]) ?? 0)
      }
    }
  }

  static func model(_ name: String) throws -> Model {
    try Fixtures.model(name, where: Header(name).member)
  }

  @Test func `exactly these specs are there`() throws {
    #expect(try Fixtures.specNames() == Self.names)
  }

  @Test(arguments: names) func `the counts are those of the header and the papers`(name: String) throws {
    let header = try Header(name)
    let totals = try Self.model(name).network.totals
    let expected = try #require(Self.counts[name])
    #expect(totals.parameters == expected.parameters)
    #expect(totals.multiplications == expected.multiplications)
    #expect(header.number("parameters") == expected.parameters)
    #expect(header.number("multiplications") == expected.multiplications)
    if let connections = header.number("connections") { #expect(totals.connections == connections) }
    #expect(header.text("paper")?.isEmpty == false)
  }

  @Test func `LeNet-1, layer by layer`() throws {
    let network = try Self.model("lenet1").network
    let layers = network.layers.filter { $0.layer.kind != "scaled_tanh" }
    #expect(layers.map(\.name) == ["H1", "H2", "H3", "H4", "fc1"])
    #expect(layers.map(\.parameterCount) == [104, 8, 512, 24, 1930])
    #expect(layers.map(\.connections) == [59_904, 2880, 32_768, 960, 1930])
    #expect(network.totals.connections == 98_442)
  }

  @Test func `LeNet-5 of 1998, layer by layer`() throws {
    let network = try Self.model("lenet5-1998").network
    let layers = network.layers.filter { $0.layer.kind != "scaled_tanh" }
    #expect(layers.map(\.name) == ["C1", "S2", "C3", "S4", "C5", "F6", "rbf1"])
    #expect(layers.map(\.parameterCount) == [156, 12, 1516, 32, 48_120, 10_164, 0])
    #expect(layers.map(\.connections) == [122_304, 5880, 151_600, 2000, 48_120, 10_164, 840])
    #expect(network.totals.connections == 340_908)
    #expect(network.totals.buffers == 840)
  }

  @Test func `every member of the lecture's family is checked`() throws {
    let report = try SpecSource(path: Fixtures.spec("lecture")).report()
    #expect(report.members.count == 36)
    #expect(report.members.allSatisfy { $0.isOK })
    let member = report.members.first { $0.values.map(\.value) == [2, 3, 1] }
    #expect(member?.network?.totals.parameters == 52_266)
  }

  @Test(arguments: names) func `the arena is within two percent of its bound`(name: String) throws {
    let graph = [Pass].inference(batch: 1)(try Self.model(name).graph())
    for batch in [1, 2, 8] {
      let plan = try Planner.plan(graph, batch: batch)
      let ratio = Double(plan.arenaBytes) / Double(plan.lowerBoundBytes)
      #expect(ratio >= 1 && ratio <= 1.02, "\(name): \(plan.arenaBytes) of \(plan.lowerBoundBytes)")
      #expect(plan.arenaBytes <= plan.unsharedBytes)
      print(
        "\(name), batch \(batch): arena \(plan.arenaBytes), bound \(plan.lowerBoundBytes),",
        "unshared \(plan.unsharedBytes)")
      for (index, a) in plan.buffers.enumerated() {
        #expect(a.offset >= 0 && a.offset + a.bytes <= plan.arenaBytes, "\(a)")
        for b in plan.buffers[..<index] where a.firstStep <= b.lastStep && b.firstStep <= a.lastStep {
          #expect(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset, "\(a) and \(b)")
        }
      }
    }
  }

  @Test(arguments: names) func `every layer has a name, a place and a receptive field`(name: String) throws {
    let network = try Self.model(name).network
    #expect(Set(network.layers.map(\.name)).count == network.layers.count)
    for layer in network.layers {
      let field = try #require(layer.receptiveField, "\(layer.name)")
      #expect(field.height.size >= 1 && field.height.stride > 0)
      #expect(layer.layer.range.startPosition.line > 1)
    }
  }
}
