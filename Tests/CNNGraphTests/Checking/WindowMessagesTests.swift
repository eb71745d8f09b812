import CNNSpec
import Testing

@testable import CNNGraph

/// What a student reads who asks for a window that does not fit.
struct WindowMessagesTests {
  @Test func `the lecture's 7x7 with 3x3 and stride 3`() throws {
    let finding = try CheckedSpec("1x7x7", "conv(1, 3, stride=3)").onlyFinding()
    #expect(
      finding.description == """
        test.yaml:3:6: error[window-does-not-fit]: `conv1` cannot fit: (7 - 3 + 2*0)/3 + 1 = 2.33
            - "conv(1, 3, stride=3)"
               ^^^^
          help: pad=1 gives 3x3
          help: stride=2 gives 3x3
          help: stride=4 gives 2x2
          help: kernel=4 gives 2x2
          help: kernel=1 gives 3x3
          help: an input of 6x6 gives 2x2
          help: an input of 9x9 gives 3x3
          help: rounding=floor gives 2x2 and leaves 1 row and 1 column unread
          help: rounding=ceil gives 3x3, the same as pad=0x2x0x2
        """)
  }

  @Test func `AlexNet at 224 pixels`() throws {
    let finding = try CheckedSpec("3x224x224", "conv(96, 11, stride=4)").onlyFinding()
    #expect(finding.message == "`conv1` cannot fit: (224 - 11 + 2*0)/4 + 1 = 54.25")
    #expect(finding.help.contains("an input of 223x223 gives 54x54"))
    #expect(finding.help.contains("an input of 227x227 gives 55x55"))
    #expect(finding.help.contains("rounding=floor gives 54x54 and leaves 1 row and 1 column unread"))
    #expect(CheckedSpec("3x227x227", "conv(96, 11, stride=4)").diagnostics == [])
  }

  @Test(arguments: [
    ("1x7x9", "conv(1, 3, stride=3)", "`conv1` cannot fit: height (7 - 3 + 2*0)/3 + 1 = 2.33"),
    ("1x9x7", "conv(1, 3, stride=3)", "`conv1` cannot fit: width (7 - 3 + 2*0)/3 + 1 = 2.33"),
    (
      "1x7x8", "conv(1, 3, stride=3)",
      "`conv1` cannot fit: height (7 - 3 + 2*0)/3 + 1 = 2.33, width (8 - 3 + 2*0)/3 + 1 = 2.67"
    ),
    ("1x8x8", "conv(1, 3, stride=2, pad=0x1x1x1)", "width (8 - 3 + 2*1)/2 + 1 = 4.5"),
    ("1x8x8", "conv(1, 3, stride=2, pad=0x2x0x2)", "(8 - 3 + (0 + 2))/2 + 1 = 4.5"),
    ("1x8x8", "conv(1, 3, stride=2, dilation=2)", "(8 - (2*(3 - 1) + 1) + 2*0)/2 + 1 = 2.5"),
    (
      "1x2x2", "conv(1, 3)",
      "`conv1` cannot fit: its 3x3 window is larger than its 2x2 input: (2 - 3 + 2*0)/1 + 1 = 0"
    ),
    ("1x2x2", "conv(1, 5, pad=1)", "its 5x5 window is larger than its 2x2 input with its padding"),
    ("1x9x9", "maxpool(2)", "`maxpool1` cannot fit: (9 - 2 + 2*0)/2 + 1 = 4.5"),
    ("1x9x9", "subsample(2)", "`subsample1` cannot fit: (9 - 2 + 2*0)/2 + 1 = 4.5"),
    ("1x1x1", "deconv(1, 3, pad=2)", "S(W1 - 1) + F - 2P + output_pad = 1*(1 - 1) + 3 - 4 + 0 = -1"),
    ("1x8x8", "deconv(1, 3, output_pad=1)", "`output_pad` 1x1 must be smaller than the stride 1x1"),
    ("1x8x8", "maxpool(2, pad=2)", "with this padding a window of `maxpool1` sees nothing but padding"),
  ])
  func `messages hold the formula with its numbers`(input: String, layer: String, text: String) throws {
    let message = try CheckedSpec(input, layer).onlyFinding().message
    #expect(message.contains(text), "\(message)")
  }

  @Test func `advice keeps to what the layer can say`() throws {
    let pool = try CheckedSpec("1x5x5", "maxpool(1, stride=3)").onlyFinding()
    #expect(!pool.help.contains { $0.hasPrefix("pad=1") }, "a window would see padding only: \(pool.help)")
    let subsample = try CheckedSpec("1x9x9", "subsample(2)").onlyFinding()
    #expect(
      subsample.help == [
        "kernel=1 gives 9x9", "kernel=3 gives 3x3", "an input of 8x8 gives 4x4",
        "an input of 10x10 gives 5x5",
        "rounding=floor gives 4x4 and leaves 1 row and 1 column unread", "rounding=ceil gives 5x5",
      ])
    let uneven = try CheckedSpec("1x7x8", "conv(1, 3, stride=3)").onlyFinding()
    #expect(uneven.help.first == "pad=1x1x0x1 gives 3x3")
    let large = try CheckedSpec("1x4x4", "conv(1, 9)").onlyFinding()
    #expect(large.help.contains("an input of 9x9 gives 1x1"))
  }

  /// Every line that begins with an argument is tried: it fits and gives what it says.
  @Test(arguments: [
    ("1x7x7", "conv(1, 3, stride=3)"), ("1x10x13", "conv(1, 4, stride=5)"),
    ("1x6x6", "conv(1, 3x2, stride=2x5)"), ("1x9x9", "avgpool(2)"), ("1x11x10", "maxpool(3, stride=4)"),
    ("1x2x2", "conv(1, 5, stride=2)"), ("1x20x20", "conv(1, 3, stride=4, dilation=3)"),
  ])
  func `all advice is true`(input: String, layer: String) throws {
    let help = try CheckedSpec(input, layer).onlyFinding().help
    #expect(help.count >= 3)
    for line in help {
      let words = line.split(separator: " ")
      let given = String(words[words.firstIndex(of: "gives")! + 1]).replacing(",", with: "")
      let spec: CheckedSpec
      if line.hasPrefix("an input of") {
        spec = CheckedSpec("1x\(words[3])", layer)
      } else {
        // What the help says replaces what the layer has.
        let name = words[0].split(separator: "=")[0]
        let arguments = Self.named(layer).filter { $0.name != name }.map { "\($0.name)=\($0.value)" }
        let kind = layer.split(separator: "(")[0]
        spec = CheckedSpec(input, "\(kind)(\((arguments + [String(words[0])]).joined(separator: ", ")))")
      }
      #expect(spec.result == "1x\(given)", "\(line): \(spec.diagnostics)")
    }
  }

  private static func named(_ layer: String) -> [(name: Substring, value: Substring)] {
    let parts = layer.dropLast().split(separator: "(")
    var positions = parts[0] == "conv" ? ["filters", "kernel"][...] : ["kernel"][...]
    return parts[1].split(separator: ",").map { argument in
      let sides = argument.drop { $0 == " " }.split(separator: "=")
      return sides.count == 2 ? (sides[0], sides[1]) : (Substring(positions.removeFirst()), sides[0])
    }
  }

  @Test func `floor says what it leaves unread`() throws {
    func note(_ layer: String, _ input: String = "1x8x8") throws -> String {
      let finding = try CheckedSpec(input, layer, extra: "rounding: floor").onlyFinding()
      #expect((finding.severity, finding.code) == (.note, .unreadBorder))
      return finding.message
    }
    #expect(
      try note("conv(1, 3, stride=2)")
        == "`conv1` leaves 1 row and 1 column of its 8x8 input unread (rounding: floor)")
    #expect(try note("conv(1, 3x2, stride=3x2)").contains("2 rows of its"))
    #expect(try note("conv(1, 2x3, stride=2x3)").contains("2 columns of its"))
    // With padding, what is left out is padding first.
    #expect(CheckedSpec("1x8x8", "conv(1, 3, stride=2, pad=1)", extra: "rounding: floor").diagnostics == [])
  }
}
