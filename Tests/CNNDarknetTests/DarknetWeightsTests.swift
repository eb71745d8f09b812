import CNNDarknet
import CNNSpec
import Testing

struct DarknetWeightsTests {
  static let text =
    "[net]\nchannels=2\nheight=4\nwidth=4\n[conv]\nfilters=3\nsize=3\nbatch_normalize=1\n[connected]\noutput=2\n"
  /// Four numbers a filter, 54 weights; two biases, 2x12 weights.
  static let count = 12 + 54 + 2 + 24
  static let values = (0..<count).map { Float($0 % 13) / 4 }

  @Test func `tensors come in Darknet's order`() throws {
    let network = try DarknetFixtures.network(Self.text, weights: DarknetFixtures.weights(Self.values))
    #expect(
      network.parameters.map(\.name) == [
        "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "fc1.weight",
        "fc1.bias",
      ])
    #expect(try network.weights() != nil)
    #expect(try DarknetFixtures.network(Self.text).weights() == nil)
  }

  @Test(arguments: [-66, -1, 1, 1000]) func `a file of another size is refused, with both counts`(more: Int) {
    let values =
      more < 0 ? Array(Self.values.dropLast(-more)) : Self.values + [Float](repeating: 0, count: more)
    let error = #expect(throws: Diagnostics.self) {
      try DarknetFixtures.network(Self.text, weights: DarknetFixtures.weights(values))
    }
    let says =
      "net.weights: error[model-file]: the network has 92 weights, the file holds \(92 + more)\n  help: "
    let help =
      more > 0
      ? "it is longer"
      : more < -26
        ? "it ends within the weights of [conv] in line 5"
        : "it ends within the weights of [connected] in line 9"
    #expect(error?.description.hasPrefix(says + help) == true, "\(error?.description ?? "")")
  }

  @Test func `a file without a whole header, or with parts of floats, is refused`() {
    let whole = DarknetFixtures.weights(Self.values)
    for count in [1, 12, 15, 16, 19, 21, whole.count - 1, whole.count - 2] {
      let error = #expect(throws: Diagnostics.self) {
        try DarknetFixtures.network(Self.text, weights: Array(whole.prefix(count)))
      }
      #expect(error?.all.map(\.code) == [.modelFile], "\(count)")
      #expect(error?.description.contains("found \(count)") == true, "\(error?.description ?? "")")
    }
  }

  @Test(arguments: [-1, .nan, .infinity] as [Float]) func `a variance that is none is refused`(wrong: Float) {
    var values = Self.values
    values[3 * 3 + 1] = wrong
    let error = #expect(throws: Diagnostics.self) {
      try DarknetFixtures.network(Self.text, weights: DarknetFixtures.weights(values))
    }
    #expect(
      error?.description.contains("variance is \(wrong), in line 5") == true, "\(error?.description ?? "")")
  }
}
