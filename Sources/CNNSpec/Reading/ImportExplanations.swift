// Explanations of what can be wrong with a network that is brought in from elsewhere. They have no example spec.

extension Explanation {
  static let modelFile = Explanation(
    """
    The model's file is not what its format says, or its weights are not there as
    it says:
    - ONNX: bytes are missing, a tensor has not the size that its dimensions say,
      a value is read that nothing computes, nodes form a cycle, or external data
      lies outside the model's folder;
    - Darknet: a line says nothing, an option has no sound value, or the weights
      are more or fewer than the network's;
    - Caffe: the text is cut off, a field has no sound value, a layer reads what
      nothing before it computes, or the caffemodel is damaged.

        error: `conv1.weight` has 68719476736 elements, but 264 bytes
    """,
    remedy: """
      Export or fetch the file again, with the files that belong to it: an ONNX
      model's data in its folder, NET.weights for NET.cfg, NET.caffemodel for
      NET.prototxt. `onnx.checker.check_model` says what is wrong with ONNX, too.
      """)

  static let unsupportedModel = Explanation(
    """
    The model computes something that a spec cannot say, or that is not
    understood yet. All of that is listed, and nothing is written: of ONNX each
    node with its operator, the version of its operator set and the reason, of
    Darknet each section and of Caffe each layer with its place in the text.

        help: `n12` (GRU, opset 9): this operator is not supported
    """,
    remedy: """
      Export an ONNX model for inference, with a fixed input of batch x channels x
      height x width and one input only; opsets 6 to 28 are read. Simplifying the
      graph first often helps: constants that are computed at run time may fold.
      Of a Caffe network, its deploy file says less than the one for training.
      """)
}
