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
    return result
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
