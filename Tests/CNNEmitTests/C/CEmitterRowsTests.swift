import CNNEmit
import CNNGraph
import CNNPasses
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNPlan

/// Programs that make rows compute what sessions of whole activations do, in no more bytes than they say, which are no more
/// than the other programs'.
struct CEmitterRowsTests {
  private static func check(
    _ network: CheckedNetwork, within limit: Float = 1e-5, isSanitized: Bool = true, batch: Int = 1,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let program = try CompiledC(network) {
      $0.isLineBuffered = true
      $0.batch = batch
    }
    try #require(program.emission.rows != nil, "whole activations take less", sourceLocation: sourceLocation)
    #expect(
      try program.emission.arenaBytes <= arenaBytes(network, batch: batch), sourceLocation: sourceLocation)
    let input = Numbers.input(batch * network.input.count)
    let expected = try program.expected(input)
    try #require(Shell.clang != nil || Shell.gcc != nil, "no C compiler", sourceLocation: sourceLocation)
    var runs: [(compiler: String, flags: [String])] = []
    if let clang = Shell.clang { runs.append((clang, ["-O2"] + Shell.flags(for: try Machine.isa))) }
    if let gcc = Shell.gcc {
      let sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
      runs.append((gcc, isSanitized ? ["-O1", "-DEXACT_ARENA"] + sanitizers : ["-O3"]))
    }
    for run in runs {
      let found = try program.output(of: input, compiler: run.compiler, flags: run.flags)
      let error = Numbers.error(of: found, from: expected)
      #expect(error <= limit, "\(run.compiler) \(run.flags)", sourceLocation: sourceLocation)
    }
  }

  /// The arena of the program that keeps whole activations.
  private static func arenaBytes(_ network: CheckedNetwork, batch: Int) throws -> Int {
    try Planner.plan([Pass].inference(batch: batch)(GraphBuilder.build(network)), batch: batch).arenaBytes
  }

  @Test(arguments: Zoo.small) func `small networks compute what the session does`(spec: String) throws {
    try Self.check(Zoo.network(spec))
  }

  #if !DEBUG
    @Test(arguments: Zoo.large) func `all networks compute what the session does`(spec: String) throws {
      try Self.check(Zoo.network(spec), within: Zoo.limit(spec), isSanitized: false)
    }
  #endif

  @Test(arguments: [
    // Windows: their ends, strides, dilation, padding on some sides, groups, windows that overlap or leave rows out.
    "conv(20, 2x2, stride=2) - sigmoid - fc(3) - softmax",
    "conv(6, 3x3, pad=2, dilation=2, groups=2) - conv(18, 3x3, groups=6, pad=1) - globalmaxpool",
    "depthwise(3x3, stride=2, pad=1, rounding=floor) - relu6 - conv(9, 1x1) - fc(3)",
    "conv(5, 3x1, pad=1x0x0x1) - prelu - maxpool(3, stride=2, rounding=ceil) - fc(2)",
    "avgpool(3, stride=2, pad=1, rounding=ceil) - conv(3, 1x1)",
    "avgpool(3, stride=1, pad=1, count_pad=yes) - maxpool(2, stride=3, rounding=floor)",
    "avgpool(2, pad=1) - conv(8, 3x3, stride=3, rounding=floor, pad=1) - avgpool(2, count_pad=yes, rounding=floor)",
    "maxpool(2x5, stride=1x2, rounding=ceil) - subsample(2, rounding=floor) - scaled_tanh - rbf(4)",
    "deconv(4, 2x2, stride=2) - tanh - deconv(3, 3x3, stride=2, pad=1, output_pad=1)",
    "upsample(2) - conv(17, 3x3, pad=1) - gelu - upsample(3, mode=bilinear) - silu - globalavgpool - fc(3)",
    "conv(32, 3x3, pad=1) - lrn(5) - maxpool(2) - elu - lrn(2, beta=0.5) - fc(4) - softmax",
    "conv(24, 1x1) - bn - relu6 - fc(3) - softmax", "bn - relu - conv(8, 3x3) - hardswish - hardsigmoid",
    "maxpool:p(2) - unpool(@p)", "maxpool:p(3, stride=2, pad=1, rounding=floor) - relu - unpool(@p)",
    // What is moved, flattened, or nearly nothing.
    "pad(1) - conv(4, 3x3) - crop(3x3) - flatten - relu - fc(5) - log_softmax",
    "pad(1x0x0x2, channels=1x2) - leaky_relu - reshape(6x13x10) - conv(2, 2x2)",
    "conv(8, 1x1) - channel_shuffle(2) - flatten - reshape(16x60x1) - fc(40) - fc(2)",
    "flatten - fc(9)", "relu", "softmax", "fc(7)", "identity", "flatten",
  ])
  func `layers of many kinds`(layers: String) throws {
    try Self.check(
      EmissionFixture.network("input: 2x12x10\nnetwork: \(layers)\n", file: "layers.yaml"), batch: 2)
  }

  @Test(arguments: [
    #"{concat: [identity, "conv(3, 1x1)", {concat: ["conv(4, 3x3, pad=1) - relu", relu, identity]}]}, "conv(3, 2x2)""#,
    #""conv:c(7, 1x1)", {add: [identity, "conv(7, 3x3, pad=1) - relu - conv(7, 3x3, pad=1)", "@c - relu"]}, relu"#,
    #""conv(8, 3x3, pad=1)", {multiply: [identity, "globalavgpool - fc(8) - sigmoid"]}, relu, "conv(3, 1x1)""#,
    #""conv(4, 3x3) - tanh", {concat: [identity, "conv(5, 3x3, pad=1)"]}, relu"#,
    #"{concat: ["conv:a(3, 1x1) - relu:b", "@a", "@b", "@b - maxpool(3, stride=1, pad=1)"]}"#,
    #""conv:e(4, 3x3)", "maxpool(2)", "conv(6, 3x3)", "deconv:u(4, 2x2, stride=2)", {concat: ["@e - crop(@u)", identity]}"#,
  ])
  func `values that several layers read`(layers: String) throws {
    try Self.check(EmissionFixture.network("input: 2x12x10\nnetwork: [\(layers)]\n", file: "layers.yaml"))
  }

  @Test func `an output that is another name of a part of a join is written`() throws {
    let text = """
      input: 2x3x3
      network: ["globalavgpool:g", {concat: ["@g", "@g - relu"]}, "relu:z", "@g - flatten:f"]
      outputs: [z, f]

      """
    var options = Emission.Options(.c)
    options.isLineBuffered = true
    let network = try EmissionFixture.network(text, file: "names.yaml")
    let rows = try #require(try Emission(network, weights: nil, options: options).rows)
    for index in 0...1 {
      #expect(rows.steps.contains { $0.operands[0].memory == .output(index: index) })
    }
  }

  /// A network that a seed stands for: layers that keep the size and some that do not, joins, and an end.
  private static func network(seed: UInt64) throws -> CheckedNetwork {
    var random = SplitMix64(state: seed)
    var channels = 3
    func layer(_ keepsChannels: Bool) -> String {
      let filters = keepsChannels ? channels : 1 + random.next(below: 20)
      let layers = [
        "conv(\(filters), 3x3, pad=1) - relu", "conv(\(filters), 1x1) - bn",
        "conv(\(filters), 3x3, pad=2, dilation=2, bias=no) - tanh",
        "depthwise(3x3, pad=1) - conv(\(filters), 1x1)",
        "bn - relu - conv(\(filters), 3x1, pad=1x0)", "maxpool(3, stride=1, pad=1) - conv(\(filters), 1x1)",
        "lrn(3) - conv(\(filters), 5x5, pad=2)",
      ]
      channels = filters
      return layers[random.next(below: layers.count)]
    }
    let smaller = [
      "maxpool(2, rounding=ceil)", "avgpool(3, stride=2, pad=1, rounding=ceil)",
      "maxpool(3, stride=2, rounding=floor)",
    ]
    var lines: [String] = []
    for _ in 0..<4 + random.next(below: 5) {
      switch random.next(below: 5) {
      case 0: lines.append("add: [identity, \"\(layer(true))\"]")
      case 1:
        let before = channels
        lines.append("concat: [identity, \"\(layer(false))\"]")
        channels += before
      case 2 where lines.count(where: smaller.contains) < 3: lines.append(smaller[random.next(below: 3)])
      default: lines.append(layer(false))
      }
    }
    lines.append(["fc(5) - softmax", "globalavgpool - fc(3)", "softmax", "relu"][random.next(below: 4)])
    let text = "input: 3x25x19\nnetwork:\n" + lines.map { "  - \($0)\n" }.joined()
    return try EmissionFixture.network(text, file: "random\(seed).yaml")
  }

  @Test(arguments: 1...8) func `random networks compute what the session does`(seed: Int) throws {
    try Self.check(Self.network(seed: UInt64(seed)))
  }

  @Test func `two runs make the same bytes, and the C API is the same`() throws {
    let network = try Zoo.network("resnet20-cifar")
    let folders = try [true, true, false].map { isLineBuffered in
      try CompiledC(network) { $0.isLineBuffered = isLineBuffered }.folder
    }
    let headers = try folders.map { folder in
      for name in ["resnet20_cifar.c", "resnet20_cifar_weights.bin"] where folder !== folders[2] {
        #expect(
          try FileSystem.read("\(folder.path)/\(name)") == FileSystem.read("\(folders[0].path)/\(name)"))
      }
      let text = String(decoding: try FileSystem.read("\(folder.path)/resnet20_cifar.h"), as: UTF8.self)
      let changes = ["_ARENA_BYTES ", "_WEIGHTS_BYTES ", "//"]
      return text.split(separator: "\n").filter { line in !changes.contains { line.contains($0) } }
    }
    #expect(headers[0] == headers[1])
    #expect(headers[0] == headers[2])
  }
}
