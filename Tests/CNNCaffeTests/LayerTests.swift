import CNNCaffe
import CNNSpec
import Testing

/// What each type of layer becomes.
struct LayerTests {
  private static func one(_ type: String, _ parameters: String) -> String {
    SmallNets.input + SmallNets.layer(type, "x", ["data"], parameters)
  }

  static let layers: [(type: String, parameters: String, steps: [String])] = [
    ("Convolution", "convolution_param { num_output: 4 kernel_size: 3 }", ["conv:x(4, 3x3)"]),
    (
      "Convolution",
      "convolution_param { num_output: 4 kernel_h: 3 kernel_w: 5 pad_h: 1 pad_w: 2 bias_term: false }",
      ["conv:x(4, 3x5, pad=1x2, bias=no)"]
    ),
    (
      "Convolution", "convolution_param { num_output: 6 kernel_size: [3, 1] stride: 1 stride: 2 group: 3 }",
      ["depthwise:x(3x1, stride=1x2, multiplier=2)"]
    ),
    (
      "Convolution",
      "convolution_param { num_output: 2 kernel_size: 3 pad: 2 dilation: 2 engine: CAFFE axis: 1 }",
      ["conv:x(2, 3x3, pad=2, dilation=2)"]
    ),
    (
      "Deconvolution", "convolution_param { num_output: 5 kernel_size: 4 stride: 2 pad: 1 }",
      ["deconv:x(5, 4x4, stride=2, pad=1)"]
    ),
    // Rounded up, which here is not the same.
    (
      "Pooling", "pooling_param { pool: MAX kernel_size: 3 stride: 2 }",
      ["maxpool(3x3, stride=2, rounding=ceil)"]
    ),
    ("Pooling", "pooling_param { kernel_size: 2 stride: 2 }", ["maxpool(2x2)"]),
    (
      "Pooling", "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }",
      ["avgpool(3x3, stride=2, pad=1, count_pad=yes, rounding=ceil)"]
    ),
    ("Pooling", "pooling_param { pool: 1 global_pooling: true }", ["globalavgpool"]),
    ("Pooling", "pooling_param { pool: MAX kernel_size: 8 }", ["globalmaxpool"]),
    ("InnerProduct", "inner_product_param { num_output: 7 bias_term: false }", ["fc:x(7, bias=no)"]),
    ("LRN", "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }", ["lrn(alpha=2e-05, k=1)"]),
    ("LRN", "", ["lrn(alpha=0.2, k=1)"]),
    (
      "BatchNorm", "batch_norm_param { eps: 0.001 moving_average_fraction: 0.99 }",
      ["bn:x(eps=0.001, momentum=0.01)"]
    ),
    ("Scale", "scale_param { bias_term: true }", ["scale:x"]), ("Bias", "", ["scale:x"]),
    ("ReLU", "", ["relu"]), ("ReLU", "relu_param { negative_slope: 0.1 }", ["leaky_relu(slope=0.1)"]),
    ("PReLU", "", ["prelu:x"]), ("ELU", "elu_param { alpha: 0.5 }", ["elu(alpha=0.5)"]),
    ("Sigmoid", "", ["sigmoid"]), ("TanH", "", ["tanh"]), ("Swish", "", ["silu"]),
    ("Clip", "clip_param { min: 0 max: 6 }", ["relu6"]),
    ("Power", "power_param { scale: 0.5 shift: -1 }", ["scale:x"]),
    ("Dropout", "dropout_param { dropout_ratio: 0.4 }", ["dropout(0.4)"]),
    ("Softmax", "", ["softmax"]), ("Flatten", "", ["flatten"]),
    ("Reshape", "reshape_param { shape { dim: 0 dim: 12 dim: -1 dim: 4 } }", ["reshape(12x4x4)"]),
    ("ShuffleChannel", "shuffle_channel_param { group: 3 }", ["channel_shuffle(3)"]),
  ]

  @Test(arguments: layers) func `a layer`(type: String, parameters: String, steps: [String]) throws {
    #expect(try SmallNets.steps(Self.one(type, parameters)) == steps)
  }

  @Test func `layers in place change what their name means from there on`() throws {
    let text =
      SmallNets.input
      + SmallNets.layer("Convolution", "c", ["data"], "convolution_param { num_output: 4 kernel_size: 1 }")
      + SmallNets.layer("Split", "before", ["c"])
      + "layer { name: \"n\" type: \"BatchNorm\" bottom: \"c\" top: \"c\" }\n"
      + "layer { name: \"s\" type: \"Scale\" bottom: \"c\" top: \"c\" scale_param { bias_term: true } }\n"
      + "layer { name: \"r\" type: \"ReLU\" bottom: \"c\" top: \"c\" }\n"
      + SmallNets.layer("Eltwise", "sum", ["before", "c"])
    #expect(
      try SmallNets.steps(text) == ["conv:c(4, 1x1)", "add: [identity, bn - relu]"])
  }

  @Test func `a scale that is not alone behind its norm stays a layer`() throws {
    let text =
      SmallNets.input + SmallNets.layer("BatchNorm", "n", ["data"]) + SmallNets.layer("Scale", "s", ["n"])
      + SmallNets.layer("Eltwise", "sum", ["n", "s"], "eltwise_param { operation: PROD }")
    #expect(try SmallNets.steps(text) == ["bn:n", "multiply: [identity, scale:s]"])
  }

  @Test func `branches, and coefficients of a sum`() throws {
    let text =
      SmallNets.input + SmallNets.layer("ReLU", "a", ["data"]) + SmallNets.layer("TanH", "b", ["data"])
      + SmallNets.layer("Concat", "cat", ["a", "b"], "concat_param { concat_dim: 1 }")
      + SmallNets.layer("Sigmoid", "s", ["cat"])
      + SmallNets.layer("Eltwise", "sum", ["cat", "s"], "eltwise_param { coeff: 1 coeff: -1 }")
    #expect(
      try SmallNets.steps(text) == [
        "concat: [relu, tanh]", "add: [identity, sigmoid - scale:sum]",
      ])
  }

  /// Crops of 8x8 to 4x4: in the middle, and where padding brings them into the middle.
  @Test(arguments: [
    ("offset: 2", ["crop(4x4)"]), ("offset: 0 offset: 2", ["pad(4x0x0x0) - crop(4x4)"]),
    ("offset: 4", ["pad(0x4x0x4) - crop(4x4)"]), ("axis: 3 offset: 3", ["pad(0x0x0x2) - crop(8x4)"]),
  ]) func `a crop`(parameters: String, steps: [String]) throws {
    let text =
      SmallNets.input
      + SmallNets.layer("Pooling", "small", ["data"], "pooling_param { kernel_size: 2 stride: 2 }")
      + SmallNets.layer("Crop", "x", ["data", "small"], "crop_param { \(parameters) }")
    let found = try SmallNets.steps(text)
    #expect(found.last == "\"@value - \(steps[0])\"" || found.last == "@value - \(steps[0])", "\(found)")
  }

  @Test func `the first form's types are words`() throws {
    let text = """
      input: "data" input_dim: 10 input_dim: 3 input_dim: 8 input_dim: 8
      layers { name: "c" type: CONVOLUTION bottom: "data" top: "c" blobs_lr: 1 blobs_lr: 2 weight_decay: 1
        convolution_param { num_output: 4 kernel_size: 3 } }
      layers { name: "r" type: RELU bottom: "c" top: "c" }
      layers { name: "f" type: 14 bottom: "c" top: "f" inner_product_param { num_output: 5 } }
      layers { name: "p" type: SOFTMAX bottom: "f" top: "p" }
      """
    #expect(try SmallNets.steps(text) == ["conv:c(4, 3x3) - relu", "fc:f(5) - softmax"])
  }

  // MARK: What cannot be imported

  static let refused: [(type: String, parameters: String, says: String)] = [
    ("AbsVal", "", "4:9 [unsupported-model] `x` (AbsVal): this type of layer is not supported"),
    ("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }", "stochastic pooling is not supported"),
    ("Pooling", "pooling_param { kernel_size: 1 stride: 9 }", "its last window lies outside of the image"),
    (
      "Pooling", "pooling_param { kernel_size: 2 pad: 2 }",
      "[model-file] `x` (Pooling): its padding is not smaller"
    ),
    (
      "Pooling", "pooling_param { kernel_size: 2147483647 pad: 2147483646 }", "its output is past 64 bits"
    ),
    ("LRN", "lrn_param { norm_region: WITHIN_CHANNEL }", "a normalization within channels is not supported"),
    (
      "LRN", "lrn_param { local_size: 4 }",
      "[model-file] `x` (LRN): `local_size` is 4, expected an odd number"
    ),
    ("Power", "power_param { power: 2 }", "a power of 2.0 is not supported, only 1"),
    ("BatchNorm", "batch_norm_param { use_global_stats: false }", "the statistics of the batch itself"),
    (
      "Convolution", "convolution_param { kernel_size: 3 }",
      "[model-file] `x` (Convolution): it has no `num_output`"
    ),
    ("Convolution", "convolution_param { num_output: 4 }", "it has no `kernel_size`"),
    (
      "Convolution", "convolution_param { num_output: 4 kernel_size: 9 }",
      "its window of 9 is larger than its bottom"
    ),
    ("Convolution", "convolution_param { num_output: 4 kernel_size: 3 group: 2 }", "are not in 2 groups"),
    ("Convolution", "convolution_param { num_output: 0 kernel_size: 3 }", "is 0, expected an integer from 1"),
    ("Convolution", "convolution_param { num_outputs: 4 }", "has a field `num_outputs`, which is not known"),
    (
      "Convolution", "convolution_parm { num_output: 4 }",
      "has a field `convolution_parm`, which is not known"
    ),
    ("Softmax", "softmax_param { axis: 2 }", "a softmax over another axis"),
    ("Reshape", "reshape_param { shape { dim: 0 dim: 5 } }", "has not the 192 elements of Nx3x8x8"),
    ("Reshape", "reshape_param { shape { dim: 3 dim: -1 } }", "mixes the images of a batch"),
    ("Dropout", "dropout_param { dropout_ratio: nan }", "expected a finite number"),
    ("ReLU", "relu_param { negative_slope: 1 negative_slope: 2 }", "is there 2 times, expected once"),
    ("Eltwise", "", "it has 1 bottoms, expected two or more"),
  ]

  @Test(arguments: refused) func `what is refused`(type: String, parameters: String, says: String) throws {
    let found = try SmallNets.findings(Self.one(type, parameters))
    #expect(found.count == 1 && found[0].contains(says), "\(found)")
  }

  @Test func `all that is wrong is told at once, with its places`() throws {
    let text =
      SmallNets.input + SmallNets.layer("AbsVal", "a", ["data"]) + SmallNets.layer("ReLU", "b", ["a"])
      + SmallNets.layer("Pooling", "c", ["data"], "pooling_param { kernel_size: 0 }")
      + SmallNets.layer("Convolution", "d", ["c"]) + SmallNets.layer("MVN", "e", ["data"])
    #expect(
      try SmallNets.findings(text) == [
        "4:9 [unsupported-model] `a` (AbsVal): this type of layer is not supported",
        "21:32 [model-file] `kernel_size` of `c` is 0, expected an integer from 1",
        "32:9 [unsupported-model] `e` (MVN): this type of layer is not supported",
      ])
  }

  @Test func `the README has the table of layers`() throws {
    let root = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }
    let readme = String(decoding: try FileSystem.read(root + "/README.md"), as: UTF8.self)
    #expect(readme.contains("\n" + LayerTable.markdown + "\n"), "it should hold:\n\(LayerTable.markdown)")
  }
}
