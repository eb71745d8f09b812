import CNNSpec
import Testing

@testable import CNNGraph

struct KindRulesTests {
  @Test func `every kind has a rule and every rule a kind`() {
    #expect(Set(KindTable.all.map(\.name)) == Set(KindRules.all.keys))
  }

  /// The formulas of `cnnc kinds` say what the checker does: an example of every kind.
  static let examples: [String: (layer: String, parameters: Int)] = [
    "conv": ("conv(8, 3, groups=2)", (3 * 3 * 4 / 2 + 1) * 8),
    "depthwise": ("depthwise(3, multiplier=2)", (3 * 3 + 1) * 2 * 4),
    "deconv": ("deconv(8, 3, groups=2)", 3 * 3 * 4 / 2 * 8 + 8), "maxpool": ("maxpool(2)", 0),
    "avgpool": ("avgpool(2)", 0), "globalavgpool": ("globalavgpool", 0),
    "globalmaxpool": ("globalmaxpool", 0), "unpool": ("maxpool:p(2) - unpool(@p)", 0),
    "subsample": ("subsample(2)", 2 * 4), "fc": ("fc(10)", (4 * 64 + 1) * 10), "rbf": ("rbf(10)", 0),
    "prelu": ("prelu", 4), "bn": ("bn", 2 * 4), "scale": ("scale", 2 * 4), "lrn": ("lrn", 0),
    "dropout": ("dropout", 0), "flatten": ("flatten", 0), "reshape": ("reshape(8x4x8)", 0),
    "pad": ("pad(1)", 0), "crop": ("crop(2)", 0), "upsample": ("upsample(2)", 0),
    "channel_shuffle": ("channel_shuffle(2)", 0), "identity": ("identity", 0),
  ]

  @Test(arguments: KindTable.all.map(\.name))
  func `a layer of every kind passes and counts its parameters`(kind: String) throws {
    let example = Self.examples[kind] ?? (kind, 0)
    let spec =
      KindTable.joinNames.contains(kind)
      ? CheckedSpec(yaml: "input: 4x8x8\nnetwork: [{\(kind): [identity, relu]}]")
      : CheckedSpec("4x8x8", example.layer)
    #expect(spec.diagnostics == [])
    #expect(spec.network?.totals.parameters == example.parameters)
    // A step that changes nothing is no layer.
    #expect(spec.network?.layers.last?.layer.kind == (kind == "identity" ? nil : kind))
  }
}
