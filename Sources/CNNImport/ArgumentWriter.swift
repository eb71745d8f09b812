import CNNGraph
import CNNSpec

/// How a spec writes the arguments of a layer: those that are the default are left out.
package struct ArgumentWriter {
  package private(set) var arguments: [ImportedLayer.Argument] = []

  package init() {}

  package mutating func positional(_ value: String) { arguments.append(.init(nil, value)) }

  package mutating func kernel(_ size: Size2D) { positional("\(size.height)x\(size.width)") }

  package mutating func named(_ name: String, _ value: String) { arguments.append(.init(name, value)) }

  package mutating func size(_ name: String, _ size: Size2D, default fallback: Size2D) {
    guard size != fallback else { return }
    named(name, size.height == size.width ? "\(size.height)" : "\(size.height)x\(size.width)")
  }

  package mutating func padding(_ pads: Padding) {
    if pads == .none { return }
    if pads == Padding(pads.top) {
      named("pad", "\(pads.top)")
    } else if pads.top == pads.bottom, pads.left == pads.right {
      named("pad", "\(pads.top)x\(pads.left)")
    } else {
      named("pad", "\(pads.top)x\(pads.bottom)x\(pads.left)x\(pads.right)")
    }
  }

  /// A number in as few digits as tell it from other floats. One next to the default is the default, rounded on its way.
  package mutating func real(_ name: String, _ value: Float, default fallback: Float) {
    if abs(value - fallback) > 2 * fallback.ulp { named(name, SpecNumber.text(value)) }
  }
}

package enum SpecNumber {
  /// `0.5`, `1e-05`, `3`
  package static func text(_ value: Float) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// What a formula gives for the decimal number that somebody wrote, of which the model has the nearest float.
  package static func float(_ written: Float, _ formula: (Double) -> Double) -> Float {
    Float(formula(Double("\(written)") ?? Double(written)))
  }
}
