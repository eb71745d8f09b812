import CNNSpec

/// A folder of images with a sub-folder per class, the classes numbered in the order of their names' bytes.
///
/// Sub-folders `train`, `test` and `val` that hold folders themselves are splits: `test` is read from `test`, or
/// from `val` if there is no `test`; classes are numbered as in `train`. Without them both splits are all the
/// images. Every file in a class's folder is taken for an image, hidden ones excepted, and decoded when it is
/// asked for; folders in it are not entered.
package struct FolderDataset: ImageDataset {
  private let folders: [String]
  /// Index in `folders`, name, label.
  private let files: [(folder: Int, name: String, label: Int)]
  package let classNames: [String]?
  package var isLabelledByName: Bool { true }
  package let classCount: Int
  package var count: Int { files.count }

  /// Past this many images a folder is refused.
  private static let limit = 1 << 26
  private static let splitNames = ["train", "test", "val"]

  /// Nil if the folder has no sub-folder.
  init?(folder: String, names: [String], split: DatasetSplit) throws(Diagnostics) {
    let subfolders = Self.subfolders(folder, names)
    guard !subfolders.isEmpty else { return nil }
    var splits: [String: [String]] = [:]
    for name in Self.splitNames where subfolders.contains(name) {
      let path = FileSystem.path(folder, name)
      let classes = Self.subfolders(path, try folderNames(path))
      if !classes.isEmpty { splits[name] = classes }
    }
    guard !splits.isEmpty else {
      try self.init(folder, folders: subfolders, classes: subfolders)
      return
    }
    let wanted = split == .train ? ["train"] : ["test", "val"]
    guard let name = wanted.first(where: { splits[$0] != nil }), let found = splits[name] else {
      throw .data(
        folder,
        "the \(split.rawValue) split needs a folder \(wanted.joined(separator: " or ")); found "
          + splits.keys.sorted().joined(separator: ", "))
    }
    let classes = splits["train"] ?? found
    for unknown in found where !classes.contains(unknown) {
      throw .data(
        FileSystem.path(FileSystem.path(folder, name), unknown),
        "expected one of the \(classes.count) classes of train, found \(unknown)",
        help: ["the classes are \(classes.prefix(10).joined(separator: ", "))"])
    }
    try self.init(FileSystem.path(folder, name), folders: found, classes: classes)
  }

  /// - Parameters:
  ///   - folders: the sub-folders of `root` to read.
  ///   - classes: the names of all classes, in order, those of `folders` among them.
  private init(_ root: String, folders: [String], classes: [String]) throws(Diagnostics) {
    var files: [(folder: Int, name: String, label: Int)] = []
    let paths = folders.map { FileSystem.path(root, $0) }
    let labels = Dictionary(
      classes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    for (index, path) in paths.enumerated() {
      for name in try folderNames(path) where FileSystem.kind(of: FileSystem.path(path, name)) == .file {
        files.append((index, name, labels[folders[index]] ?? 0))
      }
      guard files.count <= Self.limit else {
        throw .data(root, "the folder holds more than \(Self.limit) images")
      }
    }
    guard !files.isEmpty else {
      throw .data(
        root,
        "expected images in the sub-folders, found none in \(folders.prefix(5).joined(separator: ", "))",
        help: ["put the images of a class straight into the class's folder"])
    }
    self.folders = paths
    self.files = files
    classNames = classes
    classCount = classes.count
  }

  private static func subfolders(_ folder: String, _ names: [String]) -> [String] {
    names.filter { FileSystem.kind(of: FileSystem.path(folder, $0)) == .directory }
  }

  package func label(_ index: Int) -> Int { files[index].label }

  package func path(_ index: Int) -> String {
    FileSystem.path(folders[files[index].folder], files[index].name)
  }

  /// - Throws: `.unreadableFile`, `.inputFile` for a file that is no image.
  package func image(_ index: Int) throws(Diagnostics) -> Image {
    try Image(decoding: try readBytes(path(index)), name: path(index))
  }
}
