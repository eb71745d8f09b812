import CNNSpec
import Testing

@testable import CNNGraph

struct JoinKindsTests {
  /// A spec whose network is one join of branches.
  static func join(_ kind: String, _ branches: String..., input: String = "4x8x8") -> CheckedSpec {
    let list = branches.map { "\"\($0)\"" }.joined(separator: ", ")
    return CheckedSpec(yaml: "input: \(input)\nnetwork: [{\(kind): [\(list)]}]\n")
  }

  @Test func `add wants one shape`() throws {
    #expect(Self.join("add", "identity", "conv(4, 3, pad=1)").result == "4x8x8")
    let channels = try Self.join("add", "identity", "conv(6, 1)").onlyFinding()
    #expect(channels.message == "`add1` adds branches of one shape, but they are 4x8x8, 6x8x8")
    #expect(channels.help == ["a 1x1 convolution changes the channels: `conv(4, 1)` on the branch of 6x8x8"])
    let half = try Self.join("add", "identity", "conv(4, 2, stride=2)").onlyFinding()
    #expect(half.help == ["give the branch of 4x8x8 a stride of 2"])
    let smaller = try Self.join("add", "identity", "conv(4, 3)").onlyFinding()
    #expect(
      smaller.help == ["pad the convolutions that shrink (`pad=same`), or `crop(6x6)` the larger branch"])
    // `add` never broadcasts.
    #expect(Self.join("add", "identity", "globalavgpool").result == "shape-mismatch")
  }

  @Test func `concat wants one height and width`() throws {
    #expect(Self.join("concat", "identity", "conv(3, 1)", "conv(2, 1)").result == "9x8x8")
    let finding = try Self.join("concat", "identity", "conv(3, 3)").onlyFinding()
    #expect(
      finding.message
        == "`concat1` joins channels of one height and width, but the branches are 4x8x8, 3x6x6")
    #expect(finding.code == .sizeMismatch)
  }

  @Test func `multiply broadcasts Cx1x1`() throws {
    #expect(Self.join("multiply", "identity", "globalavgpool - sigmoid").result == "4x8x8")
    #expect(Self.join("multiply", "globalavgpool", "identity").result == "4x8x8")
    #expect(Self.join("multiply", "identity", "relu").result == "4x8x8")
    #expect(Self.join("multiply", "identity", "relu", input: "4x1x1").result == "4x1x1")
    #expect(Self.join("multiply", "identity", "conv(4, 3)").result == "shape-mismatch")
    #expect(Self.join("multiply", "identity", "globalavgpool - conv(3, 1)").result == "shape-mismatch")
    #expect(Self.join("multiply", "identity", "conv(4, 1x8)", input: "4x8x8").result == "shape-mismatch")
    let one = try Self.join("multiply", "identity").onlyFinding()
    #expect(one.message == "`multiply1` takes two branches or more, but there is only one, 4x8x8")
  }

  @Test func `many branches are not all listed`() throws {
    let list = (1...12).map { "\"conv(\($0), 1)\"" }.joined(separator: ", ")
    let spec = CheckedSpec(yaml: "input: 1x2x2\nnetwork: [{add: [\(list)]}]\n")
    #expect(
      try spec.onlyFinding().message
        == "`add1` adds branches of one shape, but they are 1x2x2, 2x2x2, 3x2x2, 4x2x2, 5x2x2, 6x2x2, 7x2x2, 8x2x2, ..."
    )
  }

  @Test func `the operations of joins`() throws {
    #expect(try Self.join("add", "identity", "relu", "tanh").layer("add1").otherOperations == 2 * 256)
    #expect(try Self.join("multiply", "identity", "relu").layer("multiply1").otherOperations == 256)
    #expect(try Self.join("concat", "identity", "relu").layer("concat1").otherOperations == 0)
  }
}
