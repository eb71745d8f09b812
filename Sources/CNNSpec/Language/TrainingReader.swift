/// Reads the key `train`.
enum TrainingReader {
  private static let positive = Double.leastNormalMagnitude...Double.greatestFiniteMagnitude
  /// What is no zero as a float either.
  private static let normal = Double(Float.leastNormalMagnitude)...Double.greatestFiniteMagnitude
  private static let natural = 0...Double.greatestFiniteMagnitude

  static func read(_ value: DocumentValue, _ diagnostics: inout DiagnosticCollector) -> TrainingRecipe {
    var recipe = TrainingRecipe()
    let keys = [
      "loss", "label_smoothing", "epochs", "batch", "optimizer", "schedule", "clip", "augment",
      "initializer", "freeze", "layer_rates", "validation", "seed",
    ]
    let map = MappingReader(value, "`train`", keys: keys, &diagnostics)
    recipe.loss = enumerated(map, "loss", &diagnostics) ?? recipe.loss
    recipe.labelSmoothing = map.real("label_smoothing", 0...0.999, &diagnostics) ?? recipe.labelSmoothing
    if recipe.loss == .meanSquaredError, recipe.labelSmoothing > 0, let value = map["label_smoothing"] {
      diagnostics.error(
        .invalidValue, "`label_smoothing` is the cross-entropy's, and the loss is mse", at: value.range,
        help: ["loss: cross_entropy", "leave label_smoothing out"])
    }
    recipe.epochs = map.integer("epochs", 1...Int.max, &diagnostics) ?? recipe.epochs
    recipe.batch = map.integer("batch", 1...Int.max, &diagnostics) ?? recipe.batch
    if let value = map["optimizer"] { optimizer(value, &recipe, &diagnostics) }
    if let value = map["schedule"] { schedule(value, &recipe, &diagnostics) }
    if let clip = map["clip"], clip.scalar?.text != "none" {
      recipe.clip = MappingReader.real(clip, "`clip`", positive, &diagnostics)
    }
    if let value = map["augment"] { augment(value, &recipe, &diagnostics) }
    recipe.initializer = enumerated(map, "initializer", &diagnostics) ?? recipe.initializer
    if let value = map["freeze"] {
      for item in MappingReader.items(value) {
        if let text = item.scalar?.text, !text.isEmpty {
          recipe.freeze.append(Word(text: text, range: item.range))
        } else {
          diagnostics.error(.wrongType, "`freeze` lists labels, not \(item.noun)", at: item.range)
        }
      }
    }
    if let value = map["layer_rates"] { recipe.layerRates = layerRates(value, &diagnostics) }
    recipe.validation = map.real("validation", 0...0.999, &diagnostics) ?? recipe.validation
    recipe.seed = map.integer("seed", 0...Int.max, &diagnostics) ?? recipe.seed
    return recipe
  }

  private static func enumerated<Value: RawRepresentable & CaseIterable>(
    _ map: MappingReader, _ key: String, _ diagnostics: inout DiagnosticCollector
  ) -> Value? where Value.RawValue == String {
    map.word(key, among: Value.allCases.map(\.rawValue), &diagnostics).flatMap(Value.init)
  }

  /// A word, or a mapping with one key: `adam`, `{sgd: {momentum: 0.9}}`.
  private static func choice(
    _ value: DocumentValue, _ noun: String, among names: [String], _ diagnostics: inout DiagnosticCollector
  ) -> (name: String, value: DocumentValue)? {
    var name: Scalar?
    var inner = DocumentValue(.mapping([]), value.range)
    switch value.content {
    case .scalar(let scalar): name = scalar
    case .mapping(let entries) where entries.count == 1:
      name = entries[0].key
      if entries[0].value.scalar?.text != "" { inner = entries[0].value }
    default: break
    }
    if let name, names.contains(name.text) { return (name.text, inner) }
    diagnostics.error(
      .invalidValue, "\(noun) cannot be \(name.map { "`\($0.text)`" } ?? value.noun)",
      at: name?.range ?? value.range, help: Nearest.help(name?.text ?? "", among: names))
    return nil
  }

  private static func optimizer(
    _ value: DocumentValue, _ recipe: inout TrainingRecipe, _ diagnostics: inout DiagnosticCollector
  ) {
    guard
      let (name, inner) = choice(value, "`optimizer`", among: ["sgd", "adam", "adamw"], &diagnostics)
    else { return }
    if name == "sgd" {
      let map = MappingReader(
        inner, "`sgd`", keys: ["learning_rate", "momentum", "nesterov", "weight_decay"], &diagnostics)
      recipe.optimizer = .sgd(
        learningRate: map.real("learning_rate", natural, &diagnostics) ?? 0.05,
        momentum: map.real("momentum", 0...1, &diagnostics) ?? 0,
        nesterov: map.flag("nesterov", &diagnostics) ?? false,
        weightDecay: map.real("weight_decay", natural, &diagnostics) ?? 0)
    } else {
      let map = MappingReader(
        inner, "`\(name)`", keys: ["learning_rate", "beta1", "beta2", "eps", "weight_decay"], &diagnostics)
      recipe.optimizer = .adam(
        learningRate: map.real("learning_rate", natural, &diagnostics) ?? 1e-3,
        beta1: map.real("beta1", 0...0.999999999, &diagnostics) ?? 0.9,
        beta2: map.real("beta2", 0...0.999999999, &diagnostics) ?? 0.999,
        epsilon: map.real("eps", normal, &diagnostics) ?? 1e-8,
        weightDecay: map.real("weight_decay", natural, &diagnostics) ?? (name == "adamw" ? 0.01 : 0),
        isDecoupled: name == "adamw")
    }
  }

  private static func schedule(
    _ value: DocumentValue, _ recipe: inout TrainingRecipe, _ diagnostics: inout DiagnosticCollector
  ) {
    let names = ["constant", "step", "cosine", "one_cycle"]
    guard let (name, inner) = choice(value, "`schedule`", among: names, &diagnostics) else { return }
    switch name {
    case "step":
      let map = MappingReader(inner, "`step`", keys: ["every", "factor", "warmup"], &diagnostics)
      recipe.schedule = .step(
        every: map.integer("every", 1...Int.max, &diagnostics) ?? 10,
        factor: map.real("factor", natural, &diagnostics) ?? 0.1)
      recipe.warmup = map.real("warmup", natural, &diagnostics) ?? 0
    case "one_cycle":
      let map = MappingReader(inner, "`one_cycle`", keys: ["peak", "warmup"], &diagnostics)
      recipe.schedule = .oneCycle(
        peak: map.real("peak", positive, &diagnostics) ?? 0.1,
        warmup: map.real("warmup", 0...1, &diagnostics) ?? 0.3)
    default:
      let map = MappingReader(inner, "`\(name)`", keys: ["warmup"], &diagnostics)
      recipe.schedule = name == "cosine" ? .cosine : .constant
      recipe.warmup = map.real("warmup", natural, &diagnostics) ?? 0
    }
  }

  private static func augment(
    _ value: DocumentValue, _ recipe: inout TrainingRecipe, _ diagnostics: inout DiagnosticCollector
  ) {
    for item in MappingReader.items(value) {
      let keys = ["crop", "flip", "rotate", "shift", "cutout"]
      let map = MappingReader(item, "an augmentation", keys: keys, &diagnostics)
      if let pixels = map.integer("crop", 0...1 << 20, &diagnostics) {
        recipe.augmentations.append(.crop(pixels))
      }
      if let axis = map.word("flip", among: ["horizontal", "vertical"], &diagnostics) {
        recipe.augmentations.append(axis == "horizontal" ? .flipHorizontally : .flipVertically)
      }
      if let degrees = map.real("rotate", 0...180, &diagnostics) {
        recipe.augmentations.append(.rotate(degrees))
      }
      if let pixels = map.integer("shift", 0...1 << 20, &diagnostics) {
        recipe.augmentations.append(.shift(pixels))
      }
      if let side = map.integer("cutout", 1...1 << 20, &diagnostics) {
        recipe.augmentations.append(.cutout(side))
      }
    }
  }

  /// `{conv1: 0.1, head: 10}`
  private static func layerRates(
    _ value: DocumentValue, _ diagnostics: inout DiagnosticCollector
  ) -> [TrainingRecipe.LayerRate] {
    guard case .mapping(let entries) = value.content else {
      diagnostics.error(
        .wrongType, "`layer_rates` is a mapping, not \(value.noun)", at: value.range,
        help: ["{conv1: 0.1} trains conv1 at a tenth of the rate"])
      return []
    }
    var rates: [TrainingRecipe.LayerRate] = []
    for entry in MappingReader.withoutDuplicates(entries, &diagnostics) {
      let noun = "`\(entry.key.text)`"
      guard let factor = MappingReader.real(entry.value, noun, natural, &diagnostics) else { continue }
      rates.append(.init(layer: Word(text: entry.key.text, range: entry.key.range), factor: factor))
    }
    return rates
  }
}
