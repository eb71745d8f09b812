import CNNGraph

/// `[net]`: the network's input, and how it is trained.
enum NetSection {
  /// What is about training and about how its images are read.
  static let training: Set<String> = [
    "B1", "B2", "adam", "angle", "aspect", "batch", "burn_in", "center", "clip", "decay", "eps", "exposure",
    "gamma",
    "hue", "learning_rate", "letter_box", "max_batches", "max_crop", "max_ratio", "min_crop", "min_ratio",
    "momentum",
    "notruth", "policy", "power", "random", "saturation", "scale", "scales", "seen", "step", "steps",
    "subdivisions",
    "time_steps",
  ]

  /// An image, or a vector where `inputs` stands alone.
  static func input(_ reader: SectionReader) throws(Refusal) -> NetworkBuilder.Activation {
    let sizes = 0...Int(Int32.max)
    let (height, width, channels) = (
      reader.integer("height", default: 0, in: sizes), reader.integer("width", default: 0, in: sizes),
      reader.integer("channels", default: 0, in: sizes)
    )
    let inputs = reader.integer("inputs", default: 0, in: sizes)
    try reader.check()
    if height == 0, width == 0, channels == 0, inputs > 0 {
      return .init(source: .input, shape: Shape(inputs, 1, 1), isImage: false)
    }
    guard let shape = Shape.checked(channels, height, width) else {
      throw reader.damaged(
        "the input is \(channels)x\(height)x\(width), expected positive `channels`, `height` and `width`",
        help: "write all three of them")
    }
    guard inputs == 0 || inputs == shape.count else {
      throw reader.damaged("`inputs` is \(inputs), but \(shape) has \(shape.count) elements")
    }
    return .init(source: .input, shape: shape)
  }
}
