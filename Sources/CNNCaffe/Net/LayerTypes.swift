/// The types of layers as Caffe has them.
enum LayerTypes {
  /// What the enumeration of the old `layers { }` calls them, with its number and today's name.
  static let old: [(word: String, number: Int, type: String)] = [
    ("NONE", 0, "None"), ("ACCURACY", 1, "Accuracy"), ("BNLL", 2, "BNLL"), ("CONCAT", 3, "Concat"),
    ("CONVOLUTION", 4, "Convolution"), ("DATA", 5, "Data"), ("DROPOUT", 6, "Dropout"),
    ("EUCLIDEAN_LOSS", 7, "EuclideanLoss"), ("FLATTEN", 8, "Flatten"), ("HDF5_DATA", 9, "HDF5Data"),
    ("HDF5_OUTPUT", 10, "HDF5Output"), ("IM2COL", 11, "Im2col"), ("IMAGE_DATA", 12, "ImageData"),
    ("INFOGAIN_LOSS", 13, "InfogainLoss"), ("INNER_PRODUCT", 14, "InnerProduct"), ("LRN", 15, "LRN"),
    ("MULTINOMIAL_LOGISTIC_LOSS", 16, "MultinomialLogisticLoss"), ("POOLING", 17, "Pooling"),
    ("RELU", 18, "ReLU"), ("SIGMOID", 19, "Sigmoid"), ("SOFTMAX", 20, "Softmax"),
    ("SOFTMAX_LOSS", 21, "SoftmaxWithLoss"), ("SPLIT", 22, "Split"), ("TANH", 23, "TanH"),
    ("WINDOW_DATA", 24, "WindowData"), ("ELTWISE", 25, "Eltwise"), ("POWER", 26, "Power"),
    ("SIGMOID_CROSS_ENTROPY_LOSS", 27, "SigmoidCrossEntropyLoss"), ("HINGE_LOSS", 28, "HingeLoss"),
    ("MEMORY_DATA", 29, "MemoryData"), ("ARGMAX", 30, "ArgMax"), ("THRESHOLD", 31, "Threshold"),
    ("DUMMY_DATA", 32, "DummyData"), ("SLICE", 33, "Slice"), ("MVN", 34, "MVN"), ("ABSVAL", 35, "AbsVal"),
    ("SILENCE", 36, "Silence"), ("CONTRASTIVE_LOSS", 37, "ContrastiveLoss"), ("EXP", 38, "Exp"),
    ("DECONVOLUTION", 39, "Deconvolution"),
  ]

  /// Layers that read images, and labels as their further tops.
  static let data: Set<String> = [
    "Data", "ImageData", "MemoryData", "DummyData", "HDF5Data", "WindowData", "AnnotatedData",
  ]

  /// Losses: what each compares with the labels is a function of its first bottom, or that itself.
  static let losses: [String: String?] = [
    "SoftmaxWithLoss": "Softmax", "SigmoidCrossEntropyLoss": "Sigmoid", "EuclideanLoss": nil,
    "HingeLoss": nil,
    "MultinomialLogisticLoss": nil,
  ]

  /// Layers of which a network without training and tests has nothing.
  static let sinks: Set<String> = ["Accuracy", "Silence", "HDF5Output"]

  /// The names of the messages that a layer may hold, whatever its type.
  static let parameters = Set(
    [
      "accuracy", "argmax", "batch_norm", "bias", "clip", "concat", "contrastive_loss", "convolution", "crop",
      "data", "dropout", "dummy_data", "eltwise", "elu", "embed", "exp", "flatten", "hdf5_data",
      "hdf5_output",
      "hinge_loss", "image_data", "infogain_loss", "inner_product", "input", "log", "loss", "lrn",
      "memory_data", "mvn", "parameter", "pooling", "power", "prelu", "python", "recurrent", "reduction",
      "relu", "reshape", "scale", "shuffle_channel", "sigmoid", "slice", "softmax", "spp", "swish", "tanh",
      "threshold", "tile", "transform", "window_data",
    ].map { $0 + "_param" })

  /// The other fields of a layer, of either form.
  static let fields: Set<String> = [
    "name", "type", "bottom", "top", "phase", "loss_weight", "param", "blobs", "propagate_down", "include",
    "exclude", "blobs_lr", "weight_decay", "blob_share_mode",
  ]
}
