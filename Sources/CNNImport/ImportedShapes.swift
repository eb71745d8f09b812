import CNNGraph

extension Shape {
  /// The shape of an image as which a network of images computes a value's dimensions, without the batch: C x H x W as
  /// they say, F as F x 1 x 1. Nil where there are no elements or too many.
  package static func ofImage(_ sides: some Collection<Int>) -> Shape? {
    let sides = Array(sides)
    switch sides.count {
    case 0: return Shape(1, 1, 1)
    case 1: return .checked(sides[0], 1, 1)
    case 2: return .checked(sides[0], 1, sides[1])
    default:
      return .checked(
        sides[0], sides[1],
        sides[2...].contains { $0 < 1 } ? nil : CheckedInteger.product(Array(sides[2...])).value)
    }
  }
}

extension ImportedLayer {
  /// What reads a value in another shape of as many elements.
  package static func view(of source: Source, as shape: Shape) -> ImportedLayer {
    let isFlat = shape.height == 1 && shape.width == 1
    let arguments = isFlat ? [] : [Argument(nil, shape.description)]
    return ImportedLayer(isFlat ? "flatten" : "reshape", arguments, of: [source], shape: shape)
  }

  /// y = weight * x + bias, a number a channel each.
  package static func scale(
    _ source: Source, _ shape: Shape, weight: FloatSource?, bias: FloatSource?
  ) -> ImportedLayer {
    ImportedLayer(
      "scale", of: [source],
      tensors: [.init("weight", [shape.channels], weight), .init("bias", [shape.channels], bias)],
      shape: shape)
  }
}
