// Explanations of what can be wrong with a network that is brought in from elsewhere. They have no example spec.

extension Explanation {
  static let modelFile = Explanation(
    """
    The model's file is not what its format says. Of ONNX: bytes are missing, a
    tensor has not the size that its dimensions say, a value is read that nothing
    computes, nodes form a cycle, or external data lies outside the model's
    folder. Of Darknet: a line says nothing, an option has no sound value, or the
    weights are not as many as the network's:

        error: `conv1.weight` has 68719476736 elements, but 264 bytes
    """,
    remedy: """
      Export or fetch the file again, with the data files that belong to it in
      the same folder. `onnx.checker.check_model` says what is wrong with ONNX, too.
      """)

  static let unsupportedModel = Explanation(
    """
    The model computes something that a spec cannot say, or that is not
    understood yet. Every such node is listed with its operator, the version of
    its operator set, and the reason, every section of a Darknet network with its
    line; nothing is written then:

        help: `n12` (GRU, opset 9): this operator is not supported
    """,
    remedy: """
      Export an ONNX model for inference, with a fixed input of batch x channels x
      height x width and one input only; opsets 6 to 28 are read. Simplifying the
      graph first often helps: constants that are computed at run time may fold.
      """)
}
