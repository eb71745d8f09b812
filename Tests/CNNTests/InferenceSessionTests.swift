import CAllocationCounter
import CNNSpec
import Testing

@testable import CNN

struct InferenceSessionTests {
  /// What an action throws, as it is printed.
  private func text(_ action: () throws(Diagnostics) -> Void) -> String {
    do throws(Diagnostics) {
      try action()
      return "nothing"
    } catch {
      return error.description
    }
  }

  private static func network(outputs: [String]? = nil) throws -> CompiledNetwork {
    try Model(text: ModelTests.text).compile(weights: .random(seed: 1), batch: 2, outputs: outputs)
  }

  @Test func `outputs by their names`() throws {
    let network = try Self.network(outputs: ["softmax1", "relu1", "input"])
    #expect(network.outputs.map(\.shape) == [[2, 3, 1, 1], [2, 4, 6, 6], [2, 2, 6, 6]])
    let input = (0..<144).map { Float($0) / 144 }
    var session = try network.makeSession()
    let scores = try session.run(input)
    #expect(try session.output("softmax1") == scores)
    #expect(try session.output("input") == input)
    #expect(try session.output("relu1").allSatisfy { $0 >= 0 })
    var copy = [Float](repeating: -1, count: 288)
    var span = copy.mutableSpan
    try session.copyOutput("relu1", into: &span)
    #expect(try session.output("relu1") == copy)
    var alone = try Self.network().makeSession()
    #expect(try alone.run(input) == scores, "asking for more changes nothing")
  }

  @Test func `one output may be asked for twice`() throws {
    var session = try Self.network(outputs: ["relu1", "relu1"]).makeSession()
    let values = try session.run([Float](repeating: 0.5, count: 144))
    #expect(values.count == 288)
    #expect(try session.output("relu1") == values)
  }

  @Test func `sizes that are not the network's`() throws {
    var session = try Self.network().makeSession()
    let input = [Float](repeating: 0, count: 144)
    let wrong =
      "error[input-shape]: `input` is 144 numbers, 2x2x6x6 (images x channels x height x width); found "
    for count in [0, 72, 145] {
      let numbers = [Float](repeating: 0, count: count)
      #expect(text { () throws(Diagnostics) in _ = try session.run(numbers) } == wrong + "\(count)")
    }
    for count in [0, 3, 7] {
      var output = [Float](repeating: 5, count: count)
      let found = text { () throws(Diagnostics) in try session.run(input, into: &output) }
      #expect(
        found
          == "error[input-shape]: `softmax1` is 6 numbers, 2x3x1x1 (images x channels x height x width); found \(count)"
      )
      #expect(output.allSatisfy { $0 == 5 }, "nothing is written")
    }
  }

  @Test func `outputs that are not there`() throws {
    var session = try Self.network(outputs: ["softmax1", "relu1"]).makeSession()
    #expect(
      text { () throws(Diagnostics) in _ = try session.output("relu1") } == """
        error[invalid-value]: there is no `relu1` before the first run
          help: call `run` first
        """)
    _ = try session.run([Float](repeating: 0, count: 144))
    #expect(try session.output("relu1").count == 288)
    #expect(
      text { () throws(Diagnostics) in _ = try session.output("conv1") } == """
        error[unknown-label]: the compiled network returns no `conv1`
          help: one of `softmax1`, `relu1`
          help: `outputs` of `compile` names what is returned
        """)
    var short = [Float](repeating: 0, count: 3)
    var span = short.mutableSpan
    #expect(
      text { () throws(Diagnostics) in try session.copyOutput("relu1", into: &span) }
        == "error[input-shape]: `relu1` is 288 numbers, 2x4x6x6 (images x channels x height x width); found 3"
    )
    let model = try Model(text: ModelTests.text)
    #expect(
      text { () throws(Diagnostics) in _ = try model.compile(weights: .random(seed: 1), outputs: []) } == """
        error[invalid-value]: a network returns at least one output, not none
          help: leave `outputs` out for the network's own
        """)
  }

  @Test func `a session has its network's threads, or its own`() throws {
    let model = try Model(text: ModelTests.text)
    #expect(try model.compile(weights: .random(seed: 1)).threads == 1)
    let network = try model.compile(weights: .random(seed: 1), threads: 2)
    #expect(network.threads == 2)
    let input = (0..<72).map { Float($0) / 72 }
    var two = try network.makeSession()
    var one = try network.makeSession(threads: 1)
    #expect(try two.run(input) == one.run(input))
  }

  @Test(arguments: [0, -1]) func `less than one thread`(threads: Int) throws {
    let model = try Model(text: ModelTests.text)
    #expect(
      text { () throws(Diagnostics) in _ = try model.compile(weights: .random(seed: 1), threads: threads) }
        == "error[invalid-value]: at least one thread computes, not \(threads)")
  }

  #if os(Linux)
    @Test func `a run into an array allocates nothing`() throws {
      var session = try Self.network().makeSession()
      let input = [Float](repeating: 0.5, count: 144)
      var output = [Float](repeating: 0, count: 6)
      try session.run(input, into: &output)
      let before = cnn_allocation_count()
      for _ in 0..<10 { try session.run(input, into: &output) }
      let after = cnn_allocation_count()
      #expect(before > 0 && after == before)
    }
  #endif
}
