import CNNSpec

/// Some of a data set's images, in an order of their own; the classes stay.
package struct SubsetDataset: ImageDataset {
  private let base: any ImageDataset
  /// The number in `base` of each image.
  package let indices: [Int]

  /// - Precondition: at least one index, all of them in `0..<base.count`.
  package init(_ base: any ImageDataset, indices: [Int]) {
    precondition(!indices.isEmpty && indices.allSatisfy((0..<base.count).contains))
    self.base = base
    self.indices = indices
  }

  package var count: Int { indices.count }
  package var classCount: Int { base.classCount }
  package var classNames: [String]? { base.classNames }
  package var isLabelledByName: Bool { base.isLabelledByName }
  package var isInMemory: Bool { base.isInMemory }
  package func label(_ index: Int) -> Int { base.label(indices[index]) }
  package func image(_ index: Int) throws(Diagnostics) -> Image { try base.image(indices[index]) }
  package func path(_ index: Int) -> String { base.path(indices[index]) }
  package func labelPath(_ index: Int) -> String { base.labelPath(indices[index]) }
}
