import CNNGraph

/// A layer of the network that a model becomes, as the spec language has it.
package struct ImportedLayer: Sendable {
  /// Where a layer's input comes from.
  package enum Source: Hashable, Sendable {
    /// The network's input.
    case input
    /// The layer of this index.
    case layer(Int)
  }

  /// An argument as a spec writes it; one without a name is positional.
  package struct Argument: Hashable, Sendable {
    package var name: String?
    package var value: String

    package init(_ name: String?, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// One of the layer's tensors: `weight`, `bias`, `running_mean`, ...
  package struct Tensor: Sendable {
    package var suffix: String
    package var dimensions: [Int]
    /// Nil where the file has the network alone.
    package var values: FloatSource?

    package init(_ suffix: String, _ dimensions: [Int], _ values: FloatSource?) {
      self.suffix = suffix
      self.dimensions = dimensions
      self.values = values
    }
  }

  package var kind: String
  package var arguments: [Argument] = []
  package var inputs: [Source]
  package var tensors: [Tensor] = []
  /// What it computes of one image.
  package var shape: Shape
  /// The layer that stands first among the arguments, as `@label`: the max pool that an `unpool` undoes.
  package var reference: Source?
  /// For each filter of a convolution the input channels that it reads, if these are not all.
  package var connections: [[Int]]?
  /// What it must be called, as far as a spec's label may be so; nil for what ``hints`` make of it.
  package var label: String?
  /// What the model calls it, best first: its weights' name, the node's.
  package var hints: [Hint] = []
  /// Whether the spec must say `rounding: floor` for it.
  package var isRounded = false

  package init(
    _ kind: String, _ arguments: [Argument] = [], of inputs: [Source], tensors: [Tensor] = [], shape: Shape
  ) {
    self.kind = kind
    self.arguments = arguments
    self.inputs = inputs
    self.tensors = tensors
    self.shape = shape
  }
}
