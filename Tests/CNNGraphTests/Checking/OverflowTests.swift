import CNNSpec
import Testing

@testable import CNNGraph

/// Numbers near 2^63: a diagnostic, never a trap or a hang.
struct OverflowTests {
  static let layers = [
    "conv(4611686018427387904, 1)", "conv(4611686018427387904, 4611686018427387904, pad=same)",
    "conv(1, 3, stride=4611686018427387904)", "conv(1, 3, stride=9223372036854775807)",
    "conv(1, 3, dilation=9223372036854775807)", "conv(1, 9223372036854775807)",
    "conv(1, 9223372036854775807, pad=9223372036854775807)", "conv(1, 9223372036854775807, pad=same)",
    "conv(1, 9223372036854775807, pad=fit)", "conv(1, 3, pad=4611686018427387904)",
    "conv(1, 1, pad=4611686018427387904x4611686018427387895x0x0)",
    "conv(2, 3, groups=9223372036854775807)", "conv(9223372036854775807, 3, groups=9223372036854775807)",
    "depthwise(3, multiplier=9223372036854775807)", "deconv(1, 9223372036854775807)",
    "deconv(1, 1, stride=9223372036854775807)", "deconv(1, 3, pad=9223372036854775807)",
    "deconv(4611686018427387904, 2, stride=2)", "maxpool(9223372036854775807)",
    "maxpool(2, stride=9223372036854775807)",
    "subsample(9223372036854775807)", "fc(9223372036854775807)", "fc(4611686018427387904)",
    "rbf(9223372036854775807)", "lrn(9223372036854775807)", "pad(9223372036854775807)",
    "pad(4611686018427387904)", "pad(channels=9223372036854775807)", "upsample(9223372036854775807)",
    "upsample(4611686018427387904x2)", "reshape(9223372036854775807x2x1)", "crop(9223372036854775807)",
    "channel_shuffle(9223372036854775807)", "conv(9223372036854775807*channels, 1)",
    "conv(9223372036854775807+channels, 1)", "conv(channels/0, 1)",
  ]

  @Test(.timeLimit(.minutes(1)), arguments: layers) func `large numbers`(layer: String) {
    let spec = CheckedSpec("2x8x8", layer)
    #expect(spec.report.isOK == false)
    #expect(spec.diagnostics.count == 1, "\(spec.diagnostics)")
  }

  @Test(arguments: [
    "conv(1, 2, stride=4611686018427387904, pad=4611686018427387903x4611686018427387896x0x0, rounding=ceil)",
    "conv(1, 2, stride=4611686018427387904, pad=4611686018427387896x4611686018427387896x0x0, rounding=floor)",
    "conv(1, 1, stride=9223372036854775807, pad=4611686018427387896x4611686018427387896x0x0, rounding=ceil)",
    "avgpool(3, stride=9223372036854775807, rounding=ceil)",
    "conv(1, 3, stride=4611686018427387904, pad=same)",
  ])
  func `large, but legal`(layer: String) {
    #expect(CheckedSpec("2x8x8", layer).report.isOK)
  }

  @Test(arguments: ["9223372036854775807x1x1", "4294967296x4294967296x1", "1x3037000500x3037000500"])
  func `large inputs`(input: String) throws {
    let spec = CheckedSpec(input, "relu - maxpool(2) - fc(10)")
    #expect(try spec.onlyFinding().code == .overflow)
    #expect(try spec.onlyFinding().message == "an input of \(input) is past 64 bits")
  }

  @Test func `what exactly is past 64 bits`() throws {
    #expect(
      try CheckedSpec("2x8x8", "conv(4611686018427387904, 1)").onlyFinding().message
        == "the output of `conv1` is past 64 bits")
    #expect(
      try CheckedSpec("1x1x1", "conv(1000000000000000000, 1) - conv(1000000000000000000, 1)").onlyFinding()
        .message == "the counts of `conv2` are past 64 bits"
        || CheckedSpec("1x1x1", "conv(1000000000000000000, 1) - conv(1000000000000000000, 1)").onlyFinding()
          .message == "the output of `conv2` is past 64 bits"
    )
    let totals = CheckedSpec("1x1x1", "fc(1500000000000000000) - maxpool(1)*8")
    #expect(try totals.onlyFinding().message == "the network's totals are past 64 bits")
  }
}
