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
    package var values: FloatSource

    package init(_ suffix: String, _ dimensions: [Int], _ values: FloatSource) {
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
  /// What the model calls it, best first: its weights' name, the node's. Nothing of them has been checked.
  package var hints: [String] = []
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

/// A value of the model while it is imported.
package enum ImportedValue: Sendable {
  case activation(Activation)
  case constant(Constant)
  /// A node that computes it could not be imported, which has been noted.
  case unknown
}

/// A value that depends on the network's input.
///
/// A model reshapes values in ways that change nothing for the layer that comes next: [N, 256, 6, 6] becomes [N, 9216]
/// before a Gemm. So a value is what a layer computes, read with dimensions of its own, and only a layer to which the
/// shape of the image matters gets a `flatten` or a `reshape` in front of it.
package struct Activation: Hashable, Sendable {
  package var source: ImportedLayer.Source
  /// What the source computes of one image.
  package var base: Shape
  /// How the model reads it, the batch first; as many elements a batch as the base has.
  package var dimensions: [Int]

  package init(_ source: ImportedLayer.Source, _ base: Shape, _ dimensions: [Int]) {
    self.source = source
    self.base = base
    self.dimensions = dimensions
  }

  /// The same elements with other dimensions.
  func reading(_ dimensions: [Int]) -> Activation { Activation(source, base, dimensions) }
}

/// Why a node cannot be imported.
enum Refusal: Error {
  /// What is not supported, in words that follow the node's name.
  case unsupported(String)
  /// What is wrong with a tensor that it reads.
  case damaged(String)
  /// An input of the node could not be imported.
  case dependent
}
