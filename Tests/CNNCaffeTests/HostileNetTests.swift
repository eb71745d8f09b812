import CNNCaffe
import CNNImport
import CNNSpec
import CNNTestSupport
import Testing

/// Files that nobody would write: whatever is in them, they become a network or findings, and nothing traps.
struct HostileNetTests {
  /// A network with most of the types in it.
  static let text =
    """
    name: "seed" # a comment
    state { level: 1 stage: "a" }
    layer { name: "data" type: "Data" top: "data" top: "label" include { phase: TEST }
      transform_param { crop_size: 16 mean_value: [104, 117.5, 123] scale: 0.017 } }

    """
    + SmallNets.layer(
      "Convolution", "c", ["data"], "convolution_param { num_output: 4 kernel_size: 3 pad: 1 stride: 2 }")
    + "layer { name: \"n\" type: \"BatchNorm\" bottom: \"c\" top: \"c\" batch_norm_param { eps: 1e-3 } }\n"
    + "layer { name: \"s\" type: \"Scale\" bottom: \"c\" top: \"c\" scale_param { bias_term: true } }\n"
    + "layer { name: \"r\" type: \"ReLU\" bottom: \"c\" top: \"c\" relu_param { negative_slope: 0.1 } }\n"
    + SmallNets.layer("LRN", "l", ["c"], "lrn_param { local_size: 3 alpha: 0.1 }")
    + SmallNets.layer("Pooling", "p", ["l"], "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }")
    + SmallNets.layer(
      "Deconvolution", "d", ["p"], "convolution_param { num_output: 4 kernel_size: 4 stride: 2 group: 2 }")
    + SmallNets.layer("Crop", "x", ["d", "c"], "crop_param { axis: 2 offset: 1 offset: 2 }")
    + SmallNets.layer("Eltwise", "e", ["x", "c"], "eltwise_param { operation: SUM coeff: [1, -1] }")
    + SmallNets.layer("Concat", "k", ["e", "x"], "concat_param { axis: 1 }")
    + SmallNets.layer(
      "Reshape", "h", ["k"], "reshape_param { shape { dim: 0 dim: -1 dim: 4 } axis: 0 num_axes: -1 }")
    + SmallNets.layer("InnerProduct", "f", ["h"], "inner_product_param { num_output: 5 }")
    + "layer { name: \"loss\" type: \"SoftmaxWithLoss\" bottom: \"f\" bottom: \"label\" top: \"loss\" loss_weight: 1 }\n"

  /// Its weights.
  static let layers: [(name: String, blobs: [[UInt8]])] = {
    func blob(_ dimensions: [Int], _ form: SmallNets.Form = .packed) -> [UInt8] {
      SmallNets.blob(dimensions, SmallNets.numbers(dimensions.reduce(1, *)), form)
    }
    return [
      ("c", [blob([4, 3, 3, 3]), blob([4], .legacy)]), ("n", [blob([4]), blob([4]), blob([1], .doubles)]),
      ("s", [blob([4], .unpacked), blob([4], .parts)]), ("d", [blob([4, 2, 4, 4]), blob([4], .raw)]),
      ("f", [blob([5, 512]), blob([5], .rawHalf)]),
    ]
  }()

  /// Pieces that mean something somewhere.
  static let pieces = [
    "{", "}", "<", ">", "[", "]", ":", ",", ";", "\"", "'", "#", "\n", "-", "0", "1", "-1", "2147483647",
    "2147483648",
    "9223372036854775807", "1e38", "1e999", "nan", "inf", "0x", "\\", "\u{00E9}", "\0", "true", "TEST",
    "TRAIN", "MAX",
    " layer {", " layers {", " bottom: \"data\"", " top: \"c\"", " dim: 0", " dim: 99999999",
    " kernel_size: 1",
    " num_output: 1000000", " group: 3", " axis: -1", " pad: 7", " stride: 3", " name: \"c\"",
    " include { phase: TRAIN }",
  ]

  private static func mutated(_ bytes: [UInt8], _ numbers: inout SeededNumbers) -> [UInt8] {
    var bytes = bytes
    let at = Int.random(in: 0..<max(1, bytes.count), using: &numbers)
    let end = min(bytes.count, at + Int.random(in: 0..<24, using: &numbers))
    switch Int.random(in: 0..<6, using: &numbers) {
    case 0: bytes.replaceSubrange(at..<end, with: Array((pieces.randomElement(using: &numbers) ?? "").utf8))
    case 1:
      bytes.insert(
        contentsOf: Array((pieces.randomElement(using: &numbers) ?? "").utf8), at: min(at, bytes.count))
    case 2: bytes.removeSubrange(min(at, end)..<end)
    case 3:
      bytes.insert(
        contentsOf: bytes[min(at, end)..<end], at: Int.random(in: 0...bytes.count, using: &numbers))
    case 4 where !bytes.isEmpty: bytes[min(at, bytes.count - 1)] = UInt8.random(in: 0...255, using: &numbers)
    default:
      // Another number in place of one.
      guard
        let digit = bytes[min(at, end)...].firstIndex(where: { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
      else {
        break
      }
      bytes.replaceSubrange(
        digit...digit, with: Array("\(HostileNetTests.edges.randomElement(using: &numbers) ?? 0)".utf8))
    }
    return bytes
  }

  static let edges = [0, 1, 2, 3, 4, 5, 7, 8, 16, 255, 65536, 1 << 31, 1 << 32, .max]

  @Test func `the network is imported as it is`() throws {
    let network = try SmallNets.network(Self.text, SmallNets.model(Self.layers))
    #expect(try network.weights() != nil)
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func `a text with some things changed is imported or refused`(
    seed: UInt64
  ) {
    var numbers = SeededNumbers(seed: seed)
    var imported = 0
    for round in 0..<1500 {
      var bytes = Array(Self.text.utf8)
      for _ in 0...round % 3 { bytes = Self.mutated(bytes, &numbers) }
      let text = SourceText(name: "mutant.prototxt", bytes: bytes)
      do throws(Diagnostics) {
        _ = try ImportedNetwork(caffe: text)
        imported += 1
      } catch {
        // What is said of it must be fit to be printed.
        #expect(error.hasErrors && !error.description.isEmpty)
      }
    }
    // If all were refused, nothing would have been tried.
    #expect(imported > 50)
  }

  @Test(arguments: [5, 6, 7, 8] as [UInt64]) func `weights with some bytes changed are read or refused`(
    seed: UInt64
  ) {
    var numbers = SeededNumbers(seed: seed)
    let whole = SmallNets.modelBytes(Self.layers)
    let net = SourceText(name: "seed.prototxt", Self.text)
    var imported = 0
    for round in 0..<1500 {
      var bytes = whole
      for _ in 0...round % 3 {
        let at = Int.random(in: 0..<bytes.count, using: &numbers)
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &numbers)
        case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
        case 2: bytes.removeSubrange(at..<min(bytes.count, at + 9))
        default:
          bytes.insert(contentsOf: SmallNets.varint(Self.edges.randomElement(using: &numbers) ?? 0), at: at)
        }
      }
      guard let model = try? CaffeModel(bytes: bytes, name: "mutant.caffemodel"),
        let network = try? ImportedNetwork(caffe: net, model: model)
      else { continue }
      #expect((try? network.weights()) != nil)
      imported += 1
    }
    #expect(imported > 50)
  }

  /// Texts that are large in one way each.
  static let large: [(name: String, text: String)] = [
    ("unknown fields", SmallNets.input + String(repeating: "x: 1\n", count: 20_000)),
    (
      "bottoms",
      SmallNets.input + "layer { name: \"a\" type: \"Concat\" top: \"a\""
        + String(repeating: " bottom: \"dato\"", count: 20_000) + "}"
    ),
    (
      "names that nothing computes",
      SmallNets.input
        + (0..<20_000).map {
          "layer { name: \"a\" type: \"ReLU\" bottom: \"b\($0)\" top: \"t\($0)\" }\n"
        }.joined()
    ),
    (
      "tops",
      SmallNets.input + "layer { name: \"a\" type: \"Split\" bottom: \"data\""
        + (0..<20_000).map { " top: \"t\($0)\"" }.joined() + "}"
    ),
    (
      "layers that are not known",
      SmallNets.input
        + String(
          repeating: SmallNets.layer("Nothing", "a", ["data"]).replacing("\n", with: " "), count: 20_000)
    ),
    (
      "layers in place",
      SmallNets.input
        + String(
          repeating: "layer { name: \"a\" type: \"ReLU\" bottom: \"data\" top: \"data\" }\n", count: 20_000)
    ),
    ("a string", "name: \"" + String(repeating: "x", count: 200_000) + "\" layer: 1"),
    ("open messages", String(repeating: "layer {\n", count: 20_000)),
    ("closed messages", String(repeating: "}\n", count: 20_000)),
    ("no fields", String(repeating: "1 2\n", count: 20_000)),
  ]

  // By name, since the arguments of a test are printed.
  @Test(.timeLimit(.minutes(2)), arguments: large.map(\.name))
  func `a large text takes no longer than its length`(name: String) throws {
    let text = try #require(Self.large.first { $0.name == name }).text
    let error = #expect(throws: Diagnostics.self) { try SmallNets.network(text) }
    #expect(error?.description.isEmpty == false)
  }

  @Test func `numbers that the text only claims are not made`() throws {
    let text =
      "input: \"data\" input_shape { dim: 1 dim: 2147483647 dim: 1 dim: 1 }\n"
      + SmallNets.layer("Power", "p", ["data"], "power_param { scale: 2 }")
    #expect(try SmallNets.findings(text)[0].contains("numbers that are one are too many"))
  }
}
