import CNNCaffe
import CNNImport
import CNNSpec
import Testing

/// Networks as wholes: their inputs, their phases, and what they return.
struct NetTests {
  private static let conv = SmallNets.layer(
    "Convolution", "c", ["data"], "convolution_param { num_output: 4 kernel_size: 3 }")

  private static func data(_ phase: String, _ transformation: String, type: String = "Data", own: String = "")
    -> String
  {
    """
    layer {
      name: "data"
      type: "\(type)"
      top: "data"
      top: "label"
      include { phase: \(phase) }
      transform_param { \(transformation) }
      \(own)
    }

    """
  }

  /// From the value to its accuracy in tests and its loss.
  private static func head(_ value: String) -> String {
    """
    layer { name: "accuracy" type: "Accuracy" bottom: "\(value)" bottom: "label" top: "accuracy" include { phase: TEST } }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "\(value)" bottom: "label" top: "loss" }

    """
  }

  // MARK: Inputs

  static let inputs: [(text: String, shape: String)] = [
    ("input: \"data\" input_dim: 10 input_dim: 3 input_dim: 8 input_dim: 9\n", "3x8x9"),
    ("input: \"data\" input_shape { dim: 1 dim: 3 dim: 8 dim: 9 }\n", "3x8x9"),
    (
      "layer { name: \"data\" type: \"Input\" top: \"data\" input_param { shape: { dim: [1, 3, 8, 9] } } }\n",
      "3x8x9"
    ),
    (
      data(
        "TEST", "", type: "MemoryData",
        own: "memory_data_param { batch_size: 1 channels: 3 height: 8 width: 9 }"), "3x8x9"
    ),
    (data("TEST", "", type: "ImageData", own: "image_data_param { new_height: 8 new_width: 9 }"), "3x8x9"),
    (
      data("TRAIN", "crop_size: 5") + data("TEST", "crop_size: 8 mean_value: 1 mean_value: 2 mean_value: 3"),
      "3x8x8"
    ),
    (data("TEST", "crop_size: 8 force_gray: true"), "1x8x8"),
  ]

  @Test(arguments: inputs) func `an input`(text: String, shape: String) throws {
    let spec = try SmallNets.network(text + Self.conv).spec
    #expect(spec.contains("\ninput: \(shape)\n"), "\(spec)")
  }

  static let wrong: [(text: String, says: [String])] = [
    ("", ["small.prototxt [model-file] the network has no layers"]),
    (conv, ["4:11 [model-file] `c` (Convolution) reads `data`, which nothing before it computes"]),
    (
      data("TEST", "") + conv,
      ["4:8 [unsupported-model] `data` (Data) does not say the size of its images: there is no `crop_size`"]
    ),
    (
      "input: \"data\"\n" + conv,
      ["1:8 [model-file] the input `data` has no shape of batch x channels x height x width"]
    ),
    (
      "input: \"data\" input_dim: 1 input_dim: 3\n" + conv,
      [
        "1:26 [model-file] there are 1 `input`, 0 `input_shape` and 2 `input_dim`, expected one shape or four sides for each input"
      ]
    ),
    (
      SmallNets.input + "input: \"other\" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }\n"
        + SmallNets.layer("Eltwise", "sum", ["data", "other"]),
      ["2:8 [unsupported-model] expected one input, found 2: `data`, `other`"]
    ),
    (
      SmallNets.input + conv + SmallNets.layer("ReLU", "c", ["data"]),
      ["13:8 [model-file] `c` (ReLU) computes `c`, which `c` (Convolution) does already"]
    ),
    (
      "net: \"x.prototxt\"\nbase_lr: 0.1\n",
      ["2:10 [model-file] the file says how a network is trained, not what it is"]
    ),
    (
      "layers { layer { name: \"c\" type: \"conv\" } bottom: \"data\" top: \"c\" }\n",
      ["1:1 [unsupported-model] the network is of Caffe's first form, in which a layer holds another one"]
    ),
    (
      "layer { name: \"c\" type: CONVOLUTION }\nlayers { name: \"d\" type: CONVOLUTIN }\nlayer { top: 1 }\nspeed: 3\n",
      [
        "4:1 [unsupported-model] `the net` has a field `speed`, which is not known",
        "1:25 [model-file] `type` of `c` is the word `CONVOLUTION`, expected a string: `layer { type: \"Convolution\" }`",
        "2:26 [unsupported-model] `d` has the type `CONVOLUTIN`, which is not known",
        "3:1 [model-file] the layer `` has no `type`",
      ]
    ),
  ]

  @Test(arguments: wrong) func `what is wrong with a network`(text: String, says: [String]) throws {
    #expect(try SmallNets.findings(text) == says)
  }

  // MARK: Phases

  @Test func `a network for training and tests is that of a test, with the softmax of its loss`() throws {
    let text =
      Self.data("TRAIN", "crop_size: 6")
      + Self.data("TEST", "crop_size: 8 mean_value: 104 mean_value: 117 mean_value: 123 scale: 0.5")
      + Self.conv
      + SmallNets.layer("Dropout", "d", ["c"], "include { phase: TRAIN }").replacing("\"d\"", with: "\"c\"")
      + SmallNets.layer("InnerProduct", "f", ["c"], "inner_product_param { num_output: 5 }") + Self.head("f")
    let network = try SmallNets.network(text)
    #expect(try SmallNets.steps(text) == ["conv:c(4, 3x3)", "fc:f(5) - softmax"])
    #expect(
      network.spec.contains("\npreprocess: {color: bgr, scale: 0.5, mean: [52, 58.5, 61.5]}\n"),
      "\(network.spec)")
    #expect(
      network.notes.count == 1 && network.notes[0].contains("cuts 8x8 out of the middle"), "\(network.notes)")
  }

  @Test func `stages and levels of the network's state decide, too`() throws {
    let layers =
      SmallNets.layer("ReLU", "a", ["data"], "include { stage: \"deploy\" }")
      + SmallNets.layer("TanH", "b", ["data"], "exclude { stage: \"deploy\" }")
      + SmallNets.layer("Sigmoid", "s", ["data"], "include { min_level: 3 } include { phase: TRAIN }")
      + SmallNets.layer("ELU", "e", ["data"], "include { not_stage: \"deploy\" max_level: 2 phase: TEST }")
    let cases = [
      ("", ["identity:value - tanh:b", "\"@value - elu:e\"", "outputs: [b, e]"]),
      ("state { stage: \"deploy\" }\n", ["relu"]),
      (
        "state { level: 3 }\n",
        ["identity:value - tanh:b", "\"@value - sigmoid:s\"", "outputs: [b, s]"]
      ),
    ]
    for (state, steps) in cases {
      let found = try SmallNets.steps(state + SmallNets.input + layers).map { $0.replacing("\"", with: "") }
      #expect(found == steps.map { $0.replacing("\"", with: "") })
    }
  }

  @Test func `auxiliary losses go, with what leads to nothing else`() throws {
    let auxiliary =
      SmallNets.layer("Pooling", "p", ["c"], "pooling_param { kernel_size: 2 }")
      + SmallNets.layer("AbsVal", "nobody knows", ["p"])
      + "layer { name: \"aux\" type: \"SoftmaxWithLoss\" bottom: \"nobody knows\" bottom: \"label\" loss_weight: 0.3 }\n"
    let text =
      Self.data("TEST", "crop_size: 8") + Self.conv + auxiliary
      + SmallNets.layer("InnerProduct", "f", ["c"], "inner_product_param { num_output: 5 }") + Self.head("f")
    #expect(try SmallNets.steps(text) == ["conv:c(4, 3x3)", "fc:f(5) - softmax"])
    let notes = try SmallNets.network(text).notes
    #expect(
      notes.first
        == "left out, since they help training only: the auxiliary losses `aux` and the 2 layers that lead to nothing else"
    )
    // Of equal weight neither is auxiliary.
    let equal = text.replacing("loss_weight: 0.3", with: "").replacing("AbsVal", with: "TanH")
    #expect(try SmallNets.steps(equal).last == "outputs: [aux, loss]")
  }

  @Test func `a softmax beside its loss is one`() throws {
    let text =
      Self.data("TEST", "crop_size: 8") + Self.conv + Self.head("c")
      + SmallNets.layer("Softmax", "prob", ["c"])
    #expect(try SmallNets.steps(text) == ["conv:c(4, 3x3) - softmax"])
  }

  @Test func `nothing but losses may read labels`() throws {
    let text =
      Self.data("TEST", "crop_size: 8") + Self.conv + SmallNets.layer("Eltwise", "e", ["c", "label"])
    #expect(try SmallNets.findings(text)[0].contains("expected one input, found 2: `data`, `label`"))
  }

  @Test func `what a deploy file does not say is Caffe's convention`() throws {
    let network = try SmallNets.network(SmallNets.input + Self.conv)
    #expect(network.spec.contains("\npreprocess: {color: bgr, scale: 1}\n"), "\(network.spec)")
    #expect(network.notes.count == 1 && network.notes[0].contains("blue first, 0 to 255"), "\(network.notes)")
  }
}
