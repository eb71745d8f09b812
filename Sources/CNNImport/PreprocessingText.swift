import CNNSpec

extension Preprocessing {
  /// The value of a spec's `preprocess`: `{resize: 256, crop: 224x224, scale: 1/255}`.
  package var specText: String {
    var entries: [String] = []
    if let color { entries.append("color: \(color.rawValue)") }
    switch resize {
    case .shorterSide(let side)?: entries.append("resize: \(side)")
    case .exact(let height, let width)?: entries.append("resize: \(height)x\(width)")
    case nil: break
    }
    if let crop { entries.append("crop: \(crop.height)x\(crop.width)") }
    entries.append("scale: \(Self.factor(scale))")
    if mean != [0] { entries.append("mean: \(Self.list(mean))") }
    if std != [1] { entries.append("std: \(Self.list(std))") }
    return "{\(entries.joined(separator: ", "))}"
  }

  /// A factor on bytes as people write it: `1/255`, `2/255`.
  private static func factor(_ value: Double) -> String {
    let numerator = (value * 255).rounded()
    guard numerator > 0, numerator < 255, numerator / 255 == value else { return text(value) }
    return "\(Int(numerator))/255"
  }

  private static func list(_ values: [Double]) -> String {
    values.count == 1 ? text(values[0]) : "[\(values.map(text).joined(separator: ", "))]"
  }

  private static func text(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
