import CNNSpec
import Testing

@testable import CNNGraph

struct NormalisationKindsTests {
  @Test func `batch norm trains two numbers a channel and keeps two`() throws {
    let layer = try CheckedSpec("6x4x5", "bn").layer("bn1")
    #expect(layer.operators == [.batchNorm(BatchNorm(epsilon: 1e-5, momentum: 0.1))])
    #expect((layer.weights, layer.biases, layer.buffers) == (6, 6, 12))
    #expect(
      layer.parameters.map(\.name) == ["bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"])
    #expect(layer.otherOperations == 240)
  }

  @Test func `scale, lrn and dropout`() throws {
    let scale = try CheckedSpec("6x4x5", "scale").layer("scale1")
    #expect((scale.weights, scale.biases, scale.buffers) == (6, 6, 0))
    let lrn = try CheckedSpec("6x4x5", "lrn(3, alpha=0.5, k=1)").layer("lrn1")
    #expect(
      lrn.operators == [.localResponseNorm(LocalResponseNorm(size: 3, alpha: 0.5, beta: 0.75, k: 1))])
    let dropout = try CheckedSpec("6x4x5", "dropout(0.25)").layer("dropout1")
    #expect(dropout.operators == [.dropout(Dropout(rate: 0.25))])
    #expect(dropout.otherOperations == 0)
  }

  @Test(arguments: [
    ("bn(eps=0)", "`eps` of `bn1` is a number above 0, not 0"),
    ("bn(momentum=2)", "`momentum` of `bn1` is a number from 0 to 1, not 2"),
    ("lrn(0)", "`size` of `lrn1` is an integer from 1, not 0"),
    ("lrn(alpha=0-1)", "`alpha` of `lrn1` is a number from 0, not -1"),
    ("lrn(k=0)", "`k` of `lrn1` is a number above 0, not 0"),
    ("dropout(1)", "`rate` of `dropout1` is a number from 0, below 1, not 1"),
    ("dropout(half)", "nothing is named `half` here"),
  ])
  func `numbers out of bounds`(layer: String, message: String) throws {
    let found = try CheckedSpec("6x4x5", layer).onlyFinding().message
    #expect(found == message)
  }
}
