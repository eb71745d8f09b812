import CNNGraph
import CNNPasses
import CNNSpec
import Testing

@testable import CNN

struct TimingTableTests {
  static let origin = TimingTable.Origin(kernels: "7", isa: "avx2", processor: "AMD \"EPYC\" 25")

  /// A convolution 3 x 3 of as many channels as filters, on 8 x 8 pixels.
  static func site(_ channels: Int, batch: Int = 1) -> ConvolutionSite {
    let conv = Conv2D(filters: channels, window: Window2D(kernel: Size2D(3), padding: Padding(1)))
    let shape = Shape(channels, 8, 8)
    return ConvolutionSite(conv, input: shape, output: shape, batch: batch)
  }

  private func read(_ text: String, of origin: TimingTable.Origin = Self.origin) -> TimingTable.Failure? {
    do throws(TimingTable.Failure) {
      _ = try TimingTable(SourceText(name: "table.json", text), of: origin)
      return nil
    } catch {
      return error
    }
  }

  @Test func `what is written is read again, by site, algorithm and threads`() throws {
    var table = TimingTable(Self.origin)
    #expect(table.isEmpty && read(table.json.text) == nil)
    var time = 0
    for site in [Self.site(3), Self.site(16), Self.site(16, batch: 2)] {
      for packing in site.candidates(isExact: false) {
        for threads in [1, 2] {
          time += 1
          table[site, packing, threads: threads] = time
        }
      }
    }
    // Five algorithms for 3 channels, four for 16 each.
    #expect(time == 26)
    let copy = try TimingTable(SourceText(name: "table.json", table.json.text), of: Self.origin)
    #expect(copy == table && copy.json.text == table.json.text)
    #expect(copy[Self.site(3), nil, threads: 2] == 2)
    #expect(copy[Self.site(16, batch: 2), .winograd(tile: 4), threads: 2] == 26)
    #expect(copy[Self.site(16), nil, threads: 3] == nil && copy[Self.site(17), nil, threads: 1] == nil)
  }

  @Test func `tables of others are of no use`() {
    let text = TimingTable(Self.origin).json.text
    var other = Self.origin
    other.kernels = "8"
    #expect(read(text, of: other) == .outdated)
    #expect(read(text.replacing("\"version\": 1", with: "\"version\": 2")) == .outdated)
    for change in [\TimingTable.Origin.isa, \.processor] {
      var other = Self.origin
      other[keyPath: change] = "another"
      #expect(read(text, of: other) == .foreign)
    }
  }

  @Test(arguments: [
    "", "{", "[]", "{}", "\u{0}", "{\"format\": \"another\"}",
  ]) func `what is no table is told`(text: String) {
    guard case .broken = read(text) else {
      Issue.record("\(text.debugDescription): \(String(describing: read(text)))")
      return
    }
  }

  @Test(arguments: ["[]", "{\"site\": 1}", "{\"site\": {\"panels\": 0}}", "{\"site\": {\"panels\": \"a\"}}"])
  func `what is no measurement is told`(entries: String) {
    let text = TimingTable(Self.origin).json.text.replacing(
      "\"nanoseconds\": {}", with: "\"nanoseconds\": \(entries)")
    guard case .broken = read(text) else {
      Issue.record("\(text): \(String(describing: read(text)))")
      return
    }
  }

  @Test func `a debug build's kernels are others`() {
    #expect(TimingTable.Origin.builtKernels.hasSuffix(" debug") == !Fixtures.isOptimized)
  }
}
