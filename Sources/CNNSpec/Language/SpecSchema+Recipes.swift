// `preprocess` and `train`, as a schema.

extension SpecSchema {
  static let preprocess: JSONValue = {
    let size = integer(from: 1)
    return mapping(
      "How an image becomes the input, in this order; left out: resized to the input, times 1/255.",
      [
        (
          "color",
          words(
            "The channels' order; left out: by their number.", Preprocessing.Color.allCases.map(\.rawValue))
        ),
        ("resize", any("The shorter side in pixels, or height x width.", [size])),
        ("crop", any("Pixels cut from the centre: 224, or 224x320; left out: the input's size.", [size])),
        ("scale", number("Factor on the bytes 0 to 255: 1/255.")),
        ("mean", numbers("Subtracted after scaling: one number, or one a channel.")),
        ("std", numbers("Divided by: one number, or one a channel.")),
      ])
  }()

  private static func numbers(_ description: String) -> JSONValue {
    any(description, [number(), array(number(), atLeast: 1)])
  }

  /// A share of something, not all of it.
  private static func share(_ description: String) -> JSONValue {
    described(
      description,
      [("type", .strings(["number", "string"])), ("minimum", .integer(0)), ("maximum", .number(0.999))])
  }

  /// A word, or a mapping with one key.
  private static func selection(_ description: String, _ options: [Member]) -> JSONValue {
    let one = JSONValue.object([
      ("type", .string("object")), ("minProperties", .integer(1)), ("maxProperties", .integer(1)),
      ("properties", .object(options)), ("additionalProperties", .bool(false)),
    ])
    return any(description, [words(nil, options.map(\.key)), one])
  }

  private static func option(_ description: String, _ properties: [Member]) -> JSONValue {
    mapping(description, properties, types: ["object", "null"])
  }

  static let train: JSONValue = mapping(
    "The training recipe.",
    [
      (
        "loss",
        words(
          "On what enters the last softmax: cross_entropy if left out.",
          TrainingRecipe.Loss.allCases.map(\.rawValue))
      ),
      ("label_smoothing", share("The share of the target that all classes get; 0 if left out.")),
      ("epochs", integer("Times that all images are seen; 10 if left out.", from: 1)),
      ("batch", integer("Images of a step; 64 if left out.", from: 1)),
      ("optimizer", optimizer),
      ("schedule", schedule),
      ("clip", number("The largest norm of the gradient, or `none`.")),
      ("augment", oneOrMore("Random changes of the training images, in this order.", augmentation)),
      (
        "initializer",
        words(
          "How weights are drawn: he if left out.", TrainingRecipe.Initializer.allCases.map(\.rawValue))
      ),
      ("freeze", oneOrMore("Labels, or prefixes of them, whose parameters stay.", string)),
      ("layer_rates", layerRates),
      ("validation", share("The share of the training images held out; 0 if left out.")),
      ("seed", integer("Of everything random; 1 if left out.", from: 0)),
    ])

  private static let layerRates = described(
    "Factors on the learning rate by labels, or prefixes of them.",
    [("type", .string("object")), ("additionalProperties", number(nil, from: 0))])

  private static let optimizer: JSONValue = {
    let rate: Member = ("learning_rate", number("The step's length.", from: 0))
    let decay: Member = ("weight_decay", number("The share of each weight that a step takes away.", from: 0))
    let adam: [Member] = [
      rate, ("beta1", number("Memory of the gradient's mean; 0.9 if left out.", from: 0)),
      ("beta2", number("Memory of its square's; 0.999 if left out.", from: 0)),
      ("eps", number("Added to the root; 1e-8 if left out.", from: 0)), decay,
    ]
    return selection(
      "How weights follow the gradient; left out: sgd with momentum 0.9 and weight decay 5e-4.",
      [
        (
          "sgd",
          option(
            "Stochastic gradient descent.",
            [
              rate, ("momentum", number("The share of the last step that is kept.", from: 0)),
              ("nesterov", types(["boolean", "string"])), decay,
            ])
        ),
        ("adam", option("Adam.", adam)),
        ("adamw", option("Adam with decoupled weight decay.", adam)),
      ])
  }()

  private static let schedule: JSONValue = {
    let warmup: Member = ("warmup", number("Epochs over which the rate rises from nothing.", from: 0))
    return selection(
      "How the learning rate changes: constant if left out.",
      [
        ("constant", option("Always the same.", [warmup])),
        (
          "step",
          option(
            "Times `factor` after every `every` epochs.",
            [
              ("every", integer("Epochs; 10 if left out.", from: 1)),
              ("factor", number("0.1 if left out.", from: 0)), warmup,
            ])
        ),
        ("cosine", option("Down to nothing along half a cosine.", [warmup])),
        (
          "one_cycle",
          option(
            "Up to `peak`, then down.",
            [
              ("peak", number("The largest rate; 0.1 if left out.", from: 0)),
              ("warmup", number("The share of all steps that go up; 0.3 if left out.", from: 0)),
            ])
        ),
      ])
  }()

  private static let augmentation = mapping(
    nil,
    [
      ("crop", integer("A random crop after this padding, in pixels.", from: 0)),
      ("flip", words("A mirror image half of the time.", ["horizontal", "vertical"])),
      ("rotate", number("Up to so many degrees to either side.", from: 0)),
      ("shift", integer("Up to so many pixels to any side.", from: 0)),
      ("cutout", integer("A square of this side set to the mean.", from: 1)),
    ])
}
