/// The key `preprocess` of a spec.
enum PreprocessingReader {
  static func read(
    _ value: DocumentValue, input: Spec.Input?, _ diagnostics: inout DiagnosticCollector
  ) -> Preprocessing {
    var result = Preprocessing()
    let keys = ["color", "resize", "crop", "scale", "mean", "std"]
    let map = MappingReader(value, "`preprocess`", keys: keys, &diagnostics)
    result.color = map.word("color", among: Preprocessing.Color.allCases.map(\.rawValue), &diagnostics)
      .flatMap(Preprocessing.Color.init)
    if let value = map["resize"], let size = size(value, "resize", &diagnostics) {
      result.resize =
        size.isSquareNumber
        ? .shorterSide(size.size.height) : .exact(height: size.size.height, width: size.size.width)
    }
    if let value = map["crop"] { result.crop = size(value, "crop", &diagnostics)?.size }
    let anything = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    result.scale = map.real("scale", anything, &diagnostics) ?? result.scale
    result.mean = numbers(map, "mean", anything, input, &diagnostics) ?? result.mean
    let positive = Double.leastNormalMagnitude...Double.greatestFiniteMagnitude
    result.std = numbers(map, "std", positive, input, &diagnostics) ?? result.std
    if let input { check(result, map, against: input, &diagnostics) }
    return result
  }

  /// Whether what comes out is the network's input, as far as that is known.
  private static func check(
    _ result: Preprocessing, _ map: MappingReader, against input: Spec.Input,
    _ diagnostics: inout DiagnosticCollector
  ) {
    func complain(_ key: String, _ message: String, _ help: String) {
      guard let value = map[key] else { return }
      diagnostics.error(.preprocessing, message, at: value.range, help: [help])
    }
    let channels = result.color == .gray ? 1 : 3
    if let color = result.color, input.channels != channels {
      complain(
        "color", "`color: \(color.rawValue)` gives \(channels) channels, but the input has \(input.channels)",
        "leave `color` out: the input's channels say it")
    }
    guard let height = input.height, let width = input.width else { return }
    let size = Size2D(height: height, width: width)
    let target = result.crop ?? size
    if let crop = result.crop, crop != size {
      complain("crop", "the crop is \(crop), but the input is \(size)", "write `crop: \(size)`")
    }
    switch result.resize {
    case .exact(let height, let width):
      let resized = Size2D(height: height, width: width)
      if resized.height < target.height || resized.width < target.width {
        complain(
          "resize", "images of \(resized) are smaller than the \(target) that are cut out",
          "resize to \(target) or more")
      }
    case .shorterSide(let side) where side < min(target.height, target.width):
      complain(
        "resize", "a shorter side of \(side) is less than the \(target) that are cut out",
        "resize to \(max(target.height, target.width)) or more")
    case .shorterSide, nil: break
    }
  }

  /// `256` or `256x320`.
  private static func size(
    _ value: DocumentValue, _ key: String, _ diagnostics: inout DiagnosticCollector
  ) -> (size: Size2D, isSquareNumber: Bool)? {
    if let scalar = value.scalar, let syntax = try? PatternParser.value(scalar) {
      switch syntax.content {
      case .size(let sides) where sides.count == 2 && sides.allSatisfy({ $0 > 0 && $0 <= 1 << 20 }):
        return (Size2D(height: sides[0], width: sides[1]), false)
      case .expression(.number(let number, _)):
        if let side = number.integer, side > 0, side <= 1 << 20 { return (Size2D(side), true) }
      default: break
      }
    }
    diagnostics.error(
      .invalidValue, "`\(key)` is a number of pixels or height x width, not \(value.noun)",
      at: value.range, help: ["write `\(key): 256` or `\(key): 256x320`"])
    return nil
  }

  /// One number, or one a channel.
  private static func numbers(
    _ map: MappingReader, _ key: String, _ bounds: ClosedRange<Double>, _ input: Spec.Input?,
    _ diagnostics: inout DiagnosticCollector
  ) -> [Double]? {
    guard let value = map[key] else { return nil }
    let items = MappingReader.items(value)
    let numbers = items.compactMap { MappingReader.real($0, "`\(key)`", bounds, &diagnostics) }
    guard numbers.count == items.count else { return nil }
    guard numbers.count == 1 || input.map({ $0.channels == numbers.count }) ?? true, !numbers.isEmpty else {
      let channels = input.map { "\($0.channels)" } ?? "?"
      diagnostics.error(
        .preprocessing,
        "`\(key)` has \(numbers.count) numbers, but the input has \(channels) channels", at: value.range,
        help: ["give one number, or one a channel"])
      return nil
    }
    return numbers
  }
}
