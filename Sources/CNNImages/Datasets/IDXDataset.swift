import CNNSpec

/// A pair of MNIST-style IDX files, held in memory: images `[N,H,W]` and labels `[N]`.
package struct IDXDataset: ImageDataset {
  private let images: IDXFile
  private let classes: IDXFile
  package let classCount: Int
  package var classNames: [String]? { nil }
  package var isInMemory: Bool { true }
  package var count: Int { images.count }

  /// Nil if the folder holds none of the four files.
  init?(folder: String, names: [String], split: DatasetSplit) throws(Diagnostics) {
    func file(_ prefix: String, _ kind: String) -> String? {
      let stems = ["\(prefix)-\(kind)-ubyte", "\(prefix)-\(kind.replacing("-", with: "."))-ubyte"]
      return stems.flatMap { [$0, $0 + ".gz"] }.first(where: names.contains)
    }
    let prefix = split == .train ? "train" : "t10k"
    let kinds = ["images-idx3", "labels-idx1"]
    let found = kinds.map { file(prefix, $0) }
    guard let images = found[0], let labels = found[1] else {
      let others = ["train", "t10k"].flatMap { name in kinds.compactMap { file(name, $0) } }
      guard !others.isEmpty else { return nil }
      let missing = zip(kinds, found).filter { $0.1 == nil }.map { "\(prefix)-\($0.0)-ubyte" }
      throw .data(
        folder,
        "the \(split.rawValue) split needs \(missing.joined(separator: " and ")) (or .gz); found "
          + others.joined(separator: ", "))
    }
    try self.init(images: FileSystem.path(folder, images), labels: FileSystem.path(folder, labels))
  }

  /// - Throws: `.dataFolder` if the counts differ, `.inputFile` or `.unreadableFile` for one of the files.
  package init(images imagePath: String, labels labelPath: String) throws(Diagnostics) {
    images = try IDXFile(path: imagePath)
    try images.checkImages()
    classes = try IDXFile(path: labelPath)
    try classes.checkLabels()
    guard images.count == classes.count else {
      throw .data(
        labelPath, "expected a label for each of the \(images.count) images, found \(classes.count) labels",
        help: ["the images are those of \(imagePath)"])
    }
    classCount = classes.values.reduce(0) { max($0, Int($1)) } + 1
  }

  package func label(_ index: Int) -> Int { Int(classes.values[index]) }
  package func image(_ index: Int) -> Image { images.image(index) }
  package func path(_ index: Int) -> String { images.path }
  package func labelPath(_ index: Int) -> String { classes.path }
}
