import CNNSpec

/// The size of one image at some place of a network: channels x height x width.
package struct Shape: Hashable, Sendable, CustomStringConvertible {
  package var channels: Int
  package var height: Int
  package var width: Int

  package init(_ channels: Int, _ height: Int, _ width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  package var size: Size2D { Size2D(height: height, width: width) }
  /// Elements of one channel.
  package var area: Int { height * width }
  /// Elements of one image. The checker has proven that the product does not overflow.
  package var count: Int { channels * height * width }
  package var description: String { "\(channels)x\(height)x\(width)" }
}

/// What an element of a tensor is.
package enum ElementType: Hashable, Sendable {
  case float32

  package var byteCount: Int {
    switch self {
    case .float32: 4
    }
  }
}

/// The type of a value of the graph.
///
/// An activation's dimensions are `[C, H, W]`, and it exists once for each image of the batch; a
/// parameter's are those of its tensor in the weights file, and it exists once. The logical order is
/// row-major (NCHW), whatever the layout.
package struct TensorType: Hashable, Sendable {
  package var element: ElementType
  package var dimensions: [Int]
  package var isBatched: Bool
  package var layout: Layout = .rowMajor

  package static func activation(_ shape: Shape) -> TensorType {
    TensorType(
      element: .float32, dimensions: [shape.channels, shape.height, shape.width], isBatched: true)
  }

  package static func parameter(_ dimensions: [Int]) -> TensorType {
    TensorType(element: .float32, dimensions: dimensions, isBatched: false)
  }

  /// The shape of an activation.
  package var shape: Shape {
    precondition(isBatched && dimensions.count == 3, "only activations have a shape")
    return Shape(dimensions[0], dimensions[1], dimensions[2])
  }

  /// Elements of one image, or of the parameter, that there are; ``storedCount`` is what they take.
  package var count: Int { dimensions.reduce(1, *) }
}
