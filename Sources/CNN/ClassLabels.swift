import CNNImages
import CNNSpec

/// The network's class of every image of a data set.
package struct ClassLabels: Hashable, Sendable {
  /// One for each image of the data set, all in `0..<classes`.
  package let numbers: [Int]
  /// Number of classes that the network knows.
  package let classes: Int

  /// Folders are matched with the spec's `classes` by their names; other data is labelled by numbers.
  /// - Parameter classes: the network's number of outputs.
  /// - Throws: `.dataFolder` for a folder that is none of the spec's classes, for a label outside of them.
  package init(of data: any ImageDataset, for model: Model, classes: Int) throws(Diagnostics) {
    var numbers = data.labels
    if let matches = try Self.matches(data, model, labels: numbers) {
      numbers = numbers.map { matches[$0] }
    }
    if let wrong = numbers.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw Diagnostics(
        Diagnostic(
          .dataFolder,
          "image \(wrong) is labelled \(numbers[wrong]), but the network knows the classes 0 to \(classes - 1)",
          at: .file(data.labelPath(wrong)), help: ["is this the data that the network is for?"]))
    }
    self.numbers = numbers
    self.classes = classes
  }

  /// The labels to train with: each output should be a class of the data, and each class an output.
  /// - Returns: the labels, and a warning where images of some classes are missing: the network can be
  ///   trained, but never learns those.
  /// - Throws: what `init` throws; `.dataFolder` where the data has more classes than the network outputs.
  package static func forTraining(
    on data: any ImageDataset, for model: Model, classes: Int
  ) throws(Diagnostics) -> (labels: ClassLabels, warnings: [Diagnostic]) {
    guard data.classCount <= classes else {
      let example = data.labels.firstIndex { $0 >= classes }
      throw Diagnostics(
        Diagnostic(
          .dataFolder,
          "the data has \(data.classCount) classes, but `\(model.name)` has an output for \(classes)",
          at: .file(data.labelPath(example ?? 0)),
          help: ["make the last layer return \(data.classCount) numbers, one a class"]))
    }
    let labels = try ClassLabels(of: data, for: model, classes: classes)
    return (labels, labels.missing.isEmpty ? [] : [labels.warning(data, model)])
  }

  /// The classes without an image, ascending.
  package var missing: [Int] {
    let present = Set(numbers)
    return (0..<classes).filter { !present.contains($0) }
  }

  private func warning(_ data: any ImageDataset, _ model: Model) -> Diagnostic {
    // Without names in the spec, the outputs are numbered as the folders are.
    let names = model.classes ?? data.classNames
    let missing = missing
    let shown = missing.prefix(5).map { number in
      names.flatMap { $0.indices.contains(number) ? "`\($0[number])`" : nil } ?? "\(number)"
    }
    let list = shown.joined(separator: ", ") + (missing.count > shown.count ? ", ..." : "")
    return Diagnostic(
      .dataFolder,
      "the data has images of \(classes - missing.count) of the \(classes) classes of `\(model.name)`; "
        + "none of \(list)",
      at: .none, help: ["is this the data that the network is for?"], severity: .warning)
  }

  /// The network's class of each folder, where folders have to be matched by their names.
  private static func matches(
    _ data: any ImageDataset, _ model: Model, labels: [Int]
  ) throws(Diagnostics) -> [Int]? {
    guard data.isLabelledByName, let names = data.classNames, let known = model.classes else { return nil }
    let places = Dictionary(
      known.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var matches: [Int] = []
    for (number, name) in names.enumerated() {
      guard let match = places[name] else {
        let place = labels.firstIndex(of: number).map(data.path)
        throw Diagnostics(
          Diagnostic(
            .dataFolder, "the folder `\(name)` is none of the classes of `\(model.name)`",
            at: place.map { .file($0) } ?? .none, help: Nearest.help(name, among: known)))
      }
      matches.append(match)
    }
    return matches
  }
}
