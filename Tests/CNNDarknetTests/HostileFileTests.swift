import CNNDarknet
import CNNImport
import CNNSpec
import CNNTestSupport
import Testing

/// Files that nobody would write: whatever is in them, they become a network or a finding, and nothing traps or hangs.
struct HostileFileTests {
  static let names = ["layers", "order", "heads", "pass"]
  static let texts = names.compactMap { try? FileSystem.read("\(DarknetFixtures.folder)/\($0).cfg") }
  static let weights = names.compactMap { try? FileSystem.read("\(DarknetFixtures.folder)/\($0).weights") }

  static let words = [
    "0", "1", "-1", "2", "7", "-7", "255", "65536", "2147483647", "2147483648", "-2147483648",
    "9223372036854775807",
    "9223372036854775808", "1e9", "nan", "0x10", "=", "[", "]", "[net]", "[route]", "[shortcut]", "[reorg]",
    "[yolo]",
    "[softmax]", "[crop]", "#", ",", ",,", "-1,-2,-3", "\u{0}", "\n", "\r", "\u{FFFF}", "stride=3\n",
    "size=9\n",
  ]

  /// A file with a few places changed: bytes, numbers, words, lines left out or there twice.
  static func mutated(_ bytes: [UInt8], _ numbers: inout SeededNumbers) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &numbers) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &numbers)
      let end = min(bytes.count, place + Int.random(in: 0...20, using: &numbers))
      switch Int.random(in: 0..<5, using: &numbers) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3: bytes.insert(contentsOf: (words.randomElement(using: &numbers) ?? "").utf8, at: place)
      default:
        // The value of an option.
        guard let sign = bytes[place...].firstIndex(of: UInt8(ascii: "=")) else { continue }
        let line = bytes[sign...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        bytes.replaceSubrange(sign + 1..<line, with: (words.randomElement(using: &numbers) ?? "").utf8)
      }
    }
    return bytes
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func `a network with some things changed is imported or refused`(
    seed: UInt64
  ) throws {
    try #require(Self.texts.count == 4)
    var numbers = SeededNumbers(seed: seed)
    var imported = 0
    for turn in 0..<1000 {
      let bytes = Self.mutated(Self.texts[turn % Self.texts.count], &numbers)
      do throws(Diagnostics) {
        let network = try ImportedNetwork(darknet: Configuration(SourceText(name: "net.cfg", bytes: bytes)))
        #expect(!network.spec.isEmpty)
        imported += 1
      } catch {
        #expect(error.hasErrors && !error.description.isEmpty)
      }
    }
    #expect((100..<1000).contains(imported), "the mutations are too weak or too strong: \(imported)")
  }

  @Test(arguments: [5, 6] as [UInt64]) func `weights with some things changed are read or refused`(
    seed: UInt64
  ) throws {
    try #require(Self.weights.count == 4)
    var numbers = SeededNumbers(seed: seed)
    let configurations = try Self.texts.map { try Configuration(SourceText(name: "net.cfg", bytes: $0)) }
    var read = 0
    for turn in 0..<400 {
      var bytes = Self.weights[turn % 4]
      switch Int.random(in: 0..<3, using: &numbers) {
      case 0: bytes[Int.random(in: 0..<20, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
      case 1: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &numbers)))
      default:
        bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
      }
      do throws(Diagnostics) {
        let network = try ImportedNetwork(
          darknet: configurations[turn % 4], DarknetWeights(bytes: bytes, name: "net.weights"))
        #expect(try network.weights() != nil)
        read += 1
      } catch {
        #expect(error.all.contains { $0.code == .modelFile })
      }
    }
    #expect((50..<400).contains(read), "\(read)")
  }

  @Test func `sizes at the edge of 64 bits are refused`() {
    let sizes = "channels=2147483647\nheight=2147483647\nwidth=2147483647\n"
    let large = "channels=2\nheight=2147483647\nwidth=1073741824\n"
    let most = "2147483647"
    for text in [
      "[net]\n\(sizes)[avg]", "[net]\n\(large)[upsample]\nstride=\(most)",
      "[net]\n\(large)[conv]\nfilters=\(most)\nsize=\(most)\npad=1", "[net]\n\(large)[conv]\nfilters=\(most)",
      "[net]\n\(large)[deconv]\nfilters=\(most)\nsize=\(most)\nstride=\(most)",
      "[net]\n\(large)[connected]\noutput=\(most)",
      "[net]\n\(large)[maxpool]\nsize=\(most)\nstride=\(most)\npadding=\(most)",
      "[net]\n\(large)[reorg]\nextra=\(most)",
      "[net]\n\(large)[reorg]\nstride=\(most)", "[net]\n\(large)[yolo]\nnum=\(most)\nclasses=\(most)",
      "[net]\n\(large)[detection]\nnum=\(most)\nclasses=\(most)\nside=\(most)\ncoords=\(most)",
      "[net]\n\(large)[max]\n[route]\nlayers=0,0,0,0,0,0\n[connected]\noutput=\(most)",
    ] {
      let error = #expect(throws: Diagnostics.self, "\(text)") { try DarknetFixtures.network(text) }
      #expect(error?.hasErrors == true)
    }
  }

  @Test(.timeLimit(.minutes(5))) func `long files take no longer than they are long`() throws {
    let net = "[net]\nchannels=1\nheight=2\nwidth=2\n"
    let options = String(repeating: "nonsense=1\n", count: 20_000)
    #expect(try !DarknetFixtures.network(net + "[avg]\n" + options).spec.isEmpty)
    // Outputs are compared with each other.
    let heads =
      "[conv]\nfilters=5\n[yolo]\nclasses=0\n"
      + String(repeating: "[route]\nlayers=0\n[yolo]\nclasses=0\n", count: 2_000)
    let network = try DarknetFixtures.network(net + heads)
    #expect(try network.source.report().single().network.outputs.count == 2_001)
    for text in [
      net + String(repeating: "[gru]\n", count: 20_000), net + String(repeating: "[avg]\n", count: 20_000),
      net + "[max]\n[route]\nlayers=" + String(repeating: "0,", count: 20_000) + "x",
      String(repeating: "x\n", count: 20_000), String(repeating: "[", count: 1_000_000),
    ] {
      let error = #expect(throws: Diagnostics.self) { try DarknetFixtures.network(text) }
      #expect((error?.all.count ?? 0) <= 101)
    }
  }
}
