import CNNSpec

/// Which part of a data set.
package enum DatasetSplit: String, CaseIterable, Sendable { case train, test }

/// Images with a class each, by number.
package protocol ImageDataset: Sendable {
  /// Number of images, at least one.
  var count: Int { get }
  /// Number of classes; every label is below it.
  var classCount: Int { get }
  /// The names of the classes, if the data says them.
  var classNames: [String]? { get }
  /// Whether the names, not the numbers, say which class is which: folders, numbered by their names.
  var isLabelledByName: Bool { get }
  /// Whether the pixels lie in memory, so that an image costs a copy; otherwise it is decoded from a file.
  var isInMemory: Bool { get }
  /// - Precondition: `index` is in `0..<count`.
  func label(_ index: Int) -> Int
  /// - Precondition: `index` is in `0..<count`.
  func image(_ index: Int) throws(Diagnostics) -> Image
  /// The file that an image is from, for diagnostics.
  func path(_ index: Int) -> String
  /// The file that says an image's label, for diagnostics; the image's own unless told otherwise.
  func labelPath(_ index: Int) -> String
}

extension ImageDataset {
  package var isLabelledByName: Bool { false }
  package var isInMemory: Bool { false }
  package func labelPath(_ index: Int) -> String { path(index) }
  package var labels: [Int] { (0..<count).map(label) }
}

/// Finding the data set in a folder.
package enum Datasets {
  /// The part of a data set in a folder: MNIST-style IDX files, CIFAR-10's binary batches, or a folder of images
  /// with a sub-folder per class, whichever is found first.
  /// - Parameter classes: the network's number of classes; left out: what the data has.
  /// - Throws: `.dataFolder` for a folder without data or with data that does not fit together,
  ///   `.unreadableFile`, `.inputFile` for a damaged file.
  package static func open(
    _ folder: String, split: DatasetSplit, classes: Int? = nil
  ) throws(Diagnostics) -> any ImageDataset {
    let names = try folderNames(folder)
    let dataset: any ImageDataset
    if let files = try IDXDataset(folder: folder, names: names, split: split) {
      dataset = files
    } else if let batches = try CIFARDataset(folder: folder, names: names, split: split) {
      dataset = batches
    } else if let images = try FolderDataset(folder: folder, names: names, split: split) {
      dataset = images
    } else {
      let found = names.isEmpty ? "an empty folder" : names.prefix(5).joined(separator: ", ")
      throw .data(
        folder, "expected images and labels, found \(found)\(names.count > 5 ? ", ..." : "")",
        help: [
          "the four IDX files of MNIST's kind: train-images-idx3-ubyte, ..., gzipped or not",
          "CIFAR-10's binary batches: data_batch_1.bin, ..., test_batch.bin",
          "a sub-folder of images for each class, or such folders in train and test",
        ])
    }
    if let classes { try check(dataset, classes: classes, folder: folder) }
    return dataset
  }

  /// Every label has to be one of the network's classes.
  private static func check(
    _ dataset: any ImageDataset, classes: Int, folder: String
  ) throws(Diagnostics) {
    guard dataset.classCount > classes else { return }
    for index in 0..<dataset.count where dataset.label(index) >= classes {
      let names = dataset.classNames.map { " (\($0[dataset.label(index)]))" } ?? ""
      throw .data(
        dataset.labelPath(index),
        "image \(index) has the label \(dataset.label(index))\(names); expected 0 to \(classes - 1)",
        help: ["the network has \(classes) classes, the data at least \(dataset.label(index) + 1)"])
    }
  }
}

/// The names in a folder, its failures as diagnostics.
func folderNames(_ folder: String) throws(Diagnostics) -> [String] {
  do { return try FileSystem.names(in: folder) } catch { throw error.diagnostics }
}
