import CNNSpec
import Testing

@testable import CNNGraph

struct GraphBuilderTests {
  private func graph(_ spec: CheckedSpec, outputs: [(name: String, value: LayerInput)]? = nil) throws
    -> String
  {
    let network = try #require(spec.network)
    return GraphBuilder.build(network, outputs: outputs).description
  }

  @Test func `a node for each layer, its tensors as parameters`() throws {
    let spec = CheckedSpec("1x6x6", "conv:c(2, 3) - bn - relu - fc(3, bias=no)")
    #expect(
      try graph(spec) == """
        graph test
          c = conv2d(input; c.weight, c.bias) 2x4x4
          bn1 = batch_norm(c; bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var) 2x4x4
          relu1 = activation(bn1) 2x4x4
          fc1 = dense(relu1; fc1.weight) 3x1x1
          return fc1: fc1
        """)
  }

  @Test func `a layer of two operators, and one that reads another value`() throws {
    #expect(
      try graph(CheckedSpec("2x4x4", "subsample:s(2)")) == """
        graph test
          s.pool2d = pool2d(input) 2x2x2
          s = channel_affine(s.pool2d; s.weight, s.bias) 2x2x2
          return s: s
        """)
    #expect(
      try graph(CheckedSpec("2x4x4", "maxpool:p(2) - relu - unpool:u(@p)")).contains(
        "u = unpool2d(relu1, input) 2x4x4"))
  }

  @Test func `the outputs of the spec, or others`() throws {
    let spec = CheckedSpec("1x6x6", "conv:a(2, 3) - relu:b", extra: "outputs: [b, a]")
    #expect(try graph(spec).hasSuffix("return b: b, a: a"))
    #expect(
      try graph(spec, outputs: [("raw", .layer(0)), ("image", .network)]).hasSuffix(
        "return raw: a, image: input"))
  }

  @Test func `nodes know their layers and places`() throws {
    let network = try #require(CheckedSpec("1x6x6", "conv:a(2, 3)", "relu").network)
    let graph = GraphBuilder.build(network)
    #expect(graph.nodes.map(\.layers) == [["a"], ["relu1"]])
    #expect(graph.nodes.map { $0.range?.startPosition.line } == [3, 4])
  }
}
