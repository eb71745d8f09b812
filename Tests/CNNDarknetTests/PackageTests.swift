import CNNDarknet
import CNNGraph
import CNNImport
import CNNSpec
import Foundation
import Testing

/// The networks of Debian's package darknet, beside the sizes and operations that Darknet says they have.
struct PackageTests {
  static let folder = "/usr/share/darknet/cfg"
  static let hasData = FileManager.default.fileExists(atPath: folder)
  static let needsData = ProcessInfo.processInfo.environment["CNNC_REQUIRE_DATA"] != nil

  /// Those with something in them that a spec cannot say, and what that is.
  static let refused = [
    "cifar.test": "`temperature=3`", "darknet9000": "a tree of classes", "gru": "[gru]", "rnn": "[rnn]",
    "rnn.train": "[rnn]", "strided": "no function `ramp`", "yolov1": "[local]",
  ]

  struct Expected: Sendable, CustomTestStringConvertible {
    var name: String
    var operations: Int
    /// `conv:64x112x112`
    var layers: [Substring]
    var testDescription: String { name }
  }

  static let expected: [Expected] = {
    let text = (try? String(contentsOfFile: DarknetFixtures.folder + "/package.txt", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      return Int(words[1]).map {
        Expected(
          name: String(words[0].dropLast(4)), operations: $0, layers: Array(words.dropFirst(2)))
      }
    }
  }()

  /// What Darknet's own layers are called in the fixture.
  private static let kinds = [
    "conv": "conv", "depthwise": "conv", "deconv": "conv", "fc": "fc", "maxpool": "maxpool",
    "softmax": "softmax",
    "globalavgpool": "avg", "add": "add", "upsample": "upsample",
  ]

  @Test(.enabled(if: hasData || needsData, "Debian's darknet is not there"), arguments: expected)
  func `a network has Darknet's sizes and operations`(expected: Expected) throws {
    let network = try ImportedNetwork(darknet: "\(Self.folder)/\(expected.name).cfg")
    let (checked, _) = try network.source.report().single()
    var layers: [String] = []
    for (index, layer) in checked.layers.enumerated() {
      let kind = layer.layer.kind ?? ""
      guard let name = Self.kinds[kind], let shape = layer.outputShape else { continue }
      // What `reorg` and `shortcut` are written with.
      let next = index + 1 < checked.layers.count ? checked.layers[index + 1].layer.kind ?? "" : ""
      if kind == "maxpool", next == "pad" || next == "crop" { continue }
      layers.append("\(name):\(shape)")
    }
    // Branches are written where they meet.
    #expect(layers.sorted() == expected.layers.map(String.init).sorted())
    #expect(2 * checked.totals.multiplications == expected.operations)
  }

  @Test(.enabled(if: hasData || needsData, "Debian's darknet is not there"))
  func `every other network is refused for a reason`() throws {
    let names = Set(
      try FileSystem.names(in: Self.folder).filter { $0.hasSuffix(".cfg") }.map { String($0.dropLast(4)) })
    #expect(names == Set(Self.refused.keys).union(Self.expected.map(\.name)) && names.count == 45)
    for (name, reason) in Self.refused {
      let error = #expect(throws: Diagnostics.self) {
        try ImportedNetwork(darknet: "\(Self.folder)/\(name).cfg")
      }
      #expect(error?.description.contains(reason) == true)
      #expect(error?.all.allSatisfy { $0.code == .unsupportedModel } == true)
    }
  }
}
