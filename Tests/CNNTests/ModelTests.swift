import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec
import Foundation
import Testing

@testable import CNN

/// The façade as an app uses it.
struct ModelTests {
  static let text = """
    name: tiny
    input: 2x6x6
    network: conv(4, 3, pad=1) - bn - relu - maxpool(2) - fc(3) - softmax
    classes: [cat, dog, bird]
    """

  /// What an action throws, which has to be Diagnostics.
  private func findings(_ action: () throws -> Void) -> [Diagnostic] {
    do {
      try action()
      Issue.record("nothing was thrown")
    } catch let error as Diagnostics {
      return error.all
    } catch {
      Issue.record("\(error)")
    }
    return []
  }

  @Test func `from a spec to scores in four lines`() throws {
    let model = try Model(contentsOf: Fixtures.spec("lenet5"))
    let network = try model.compile(weights: .file(Fixtures.root + "/specs/lenet5.safetensors"))
    var session = try network.makeSession()
    let scores = try session.run(model.input(fromImageAt: Fixtures.root + "/specs/lenet5.png"))
    #expect(scores.count == 10)
    #expect(scores[9] > 0.999, "an ankle boot")
    #expect(throws: Diagnostics.self) { try model.input(fromImageAt: Fixtures.spec("lenet5")) }
    #expect(abs(scores.reduce(0, +) - 1) < 1e-6)
  }

  @Test func `what a model tells of itself`() throws {
    let model = try Model(text: Self.text)
    #expect(model.name == "tiny")
    #expect(model.inputShape == [2, 6, 6])
    #expect(model.outputNames == ["softmax1"])
    #expect(model.classes == ["cat", "dog", "bird"])
    #expect(model.parameterCount == 76 + 8 + 111)
    #expect(model.multiplicationCount == 72 * 36 + 108)
    #expect(model.notes.isEmpty)
    #expect(model.summary.contains("conv1"))
    #expect(
      model.summary.split(separator: "\n").last?.split(separator: " ").filter { !$0.isEmpty }.prefix(5)
        == ["total", "2x6x6", "3x1x1", "195", "2,700"])
  }

  @Test func `notes and errors`() throws {
    let notes = try Model(text: "input: 1x8x8\nrounding: floor\nnetwork: conv(1, 3, stride=2)").notes
    #expect(notes.map(\.code) == [.unreadBorder])
    let errors = findings { _ = try Model(text: "input: 1x8x8\nnetwork: conv(1, 3, stride=2) - foo") }
    #expect(errors.map(\.code).contains(.unknownKind))
    #expect(errors.count == 2)
    #expect(findings { _ = try Model(contentsOf: "no such.yaml") }.map(\.code) == [.unreadableFile])
  }

  @Test func `a member of a family`() throws {
    let text = "input: 3x8x8\nnetwork: \"(conv)*N\"\nwhere: {N: 1..3, conv: {filters: 2, kernel: 3}}"
    #expect(findings { _ = try Model(text: text) }.map(\.code) == [.chooseMember])
    #expect(try Model(text: text, where: ["N": 2]).network.layers.count == 2)
    #expect(findings { _ = try Model(text: text, where: ["N": 4]) }.map(\.code) == [.chooseMember])
  }

  @Test func `weights of another network: all mismatches in one error`() throws {
    let model = try Model(text: Self.text)
    let other = try Model(
      text: "input: 2x6x6\nnetwork: conv(4, 3, pad=1) - relu - maxpool(2) - fc(5) - fc(3)")
    let weights = try other.load(.random(seed: 1))
    let errors = findings { _ = try model.compile(weights: .tensors(weights)) }
    #expect(errors.count == 1)
    #expect(errors.first?.code == .weightsMismatch)
    #expect(errors.first?.message == "8 tensors do not match the network")
    #expect(
      errors.first?.help == [
        "missing: bn1.weight [4]", "missing: bn1.bias [4]", "missing: bn1.running_mean [4]",
        "missing: bn1.running_var [4]", "wrong shape: fc1.weight is [5, 36], expected [3, 36]",
        "wrong shape: fc1.bias is [5], expected [3]", "not in the network: fc2.weight [3, 5]",
        "not in the network: fc2.bias [3]",
      ])
    let file = WeightsSource.file(Fixtures.root + "/specs/lenet5.safetensors")
    #expect(findings { _ = try model.compile(weights: file) }.first?.help.count == 14)
    #expect(
      findings { _ = try model.compile(weights: .file("no such.safetensors")) }.map(\.code)
        == [.unreadableFile])
    #expect(
      findings { _ = try model.compile(weights: .file(Fixtures.spec("lenet5"))) }.map(\.code)
        == [.weightsFile])
  }

  @Test func `batches that cannot be`() throws {
    let model = try Model(text: Self.text)
    for batch in [0, -1, .min] {
      let errors = findings { _ = try model.compile(weights: .random(seed: 1), batch: batch) }
      #expect(errors.map(\.message) == ["a batch has at least one image, not \(batch)"])
    }
    for (batch, code) in [(Int.max, DiagnosticCode.overflow), (1 << 50, .memoryLimit)] {
      let errors = findings {
        _ = try model.compile(weights: .random(seed: 1), batch: batch).makeSession()
      }
      #expect(errors.map(\.code) == [code])
    }
  }

  @Test func `figures of a compiled network`() throws {
    let network = try Model(text: Self.text).compile(weights: .random(seed: 1), batch: 3)
    #expect(network.batch == 3)
    // What the convolution and its pool return (432 bytes that take 7 lines of 64) beside what enters it (864, 14
    // lines), of three images.
    #expect(network.lowerBoundBytes == (14 + 7) * 64)
    #expect(network.arenaBytes == network.lowerBoundBytes)
    #expect(network.input.shape == [3, 2, 6, 6] && network.input.count == 3 * 72)
    #expect(network.outputs.map(\.name) == ["softmax1"])
    #expect(network.outputs[0].shape == [3, 3, 1, 1] && network.outputs[0].count == 9)
  }

  private static func images(_ count: Int, seed: UInt64 = 5) -> [Float] {
    (0..<count).map { Float(2 * Formula.unit(seed, $0) - 1) }
  }

  @Test func `the same twice, in one session, in two and in a span`() throws {
    let network = try Model(text: Self.text).compile(weights: .random(seed: 1), batch: 2)
    let input = Self.images(144)
    var session = try network.makeSession()
    let first = try session.run(input)
    _ = try session.run(Self.images(144, seed: 6))
    #expect(try session.run(input) == first)
    var other = try network.makeSession()
    #expect(try other.run(input) == first)
    var output = [Float](repeating: 0, count: 6)
    var span = output.mutableSpan
    try other.run(input.span, into: &span)
    #expect(output == first)
    var array = [Float](repeating: 0, count: 6)
    try other.run(input, into: &array)
    #expect(array == first)
  }

  @Test func `one seed, one network's weights`() throws {
    let model = try Model(text: Self.text)
    let input = Self.images(72)
    func run(_ seed: UInt64) throws -> [Float] {
      var session = try model.compile(weights: .random(seed: seed)).makeSession()
      return try session.run(input)
    }
    #expect(try run(1) == run(1))
    #expect(try run(1) != run(2))
  }

  @Test func `an image's scores do not depend on its batch`() throws {
    let model = try Model(text: Self.text)
    let input = Self.images(5 * 72)
    var whole = try model.compile(weights: .random(seed: 3), batch: 5).makeSession()
    let all = try whole.run(input)
    var single = try model.compile(weights: .random(seed: 3)).makeSession()
    for image in 0..<5 {
      let scores = try single.run(Array(input[image * 72..<(image + 1) * 72]))
      for (a, b) in zip(scores, all[image * 3..<(image + 1) * 3]) { #expect(abs(a - b) <= 1e-6) }
    }
  }

  @Test func `threads inside one image give the same bits as one`() throws {
    let network = try Fixtures.model("lenet5").compile(
      weights: .file(Fixtures.root + "/specs/lenet5.safetensors"), batch: 2)
    let input = Self.images(2 * 784)
    var single = try network.makeSession()
    let expected = try single.run(input).map(\.bitPattern)
    for threads in [1, 2, 5] {
      var session = try network.makeSession(threads: threads)
      for _ in 0..<3 { #expect(try session.run(input).map(\.bitPattern) == expected, "\(threads) threads") }
    }
    for threads in [0, -1, 1 << 20] {
      #expect(findings { _ = try network.makeSession(threads: threads) }.map(\.code) == [.invalidValue])
    }
  }

  @Test(arguments: [1, 2, 3, 7]) func `threads that are left over compute inside of batches`(threads: Int)
    throws
  {
    let model = try Fixtures.model("lenet5")
    let runner = try BatchRunner(model: model, weights: .random(seed: 3), batch: 2)
    func run(_ threads: Int) throws -> [[UInt32]] {
      try runner.map(count: 5, threads: threads) {
        Self.images(784, seed: UInt64($0))
      } transform: { _, outputs, _ in
        outputs[0].map(\.bitPattern)
      }
    }
    #expect(try run(threads) == run(1))
  }

  @Test func `any layer may be returned`() throws {
    let model = try Model(text: Self.text)
    let network = try model.compile(
      weights: .random(seed: 1), batch: 1, returning: ["relu1", "input", "softmax1"])
    #expect(network.plan.outputs.map(\.name) == ["relu1", "input", "softmax1"])
    var session = try network.makeSession()
    let input = Self.images(72)
    session.copyInput(input)
    session.run()
    #expect(session.output(0).count == 144)
    #expect(session.output(0).allSatisfy { $0 >= 0 })
    #expect(session.output(1) == input)
    let errors = findings {
      _ = try model.compile(weights: .random(seed: 1), batch: 1, returning: ["relu2"])
    }
    #expect(errors.map(\.message) == ["`tiny` has no layer `relu2`"])
    #expect(errors.first?.help == ["did you mean `relu1`?"])
  }
}
