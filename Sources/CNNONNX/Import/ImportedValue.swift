import CNNGraph
import CNNImport

/// A value of the model while it is imported.
package enum ImportedValue: Sendable {
  case activation(Activation)
  case constant(Constant)
  /// Where a max pool found what it returns: for an unpooling only.
  case indices(PooledImage)
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

/// A max pool whose indices are read.
package struct PooledImage: Hashable, Sendable {
  package var pool: ImportedLayer.Source
  package var input: Shape
  package var output: Shape
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
