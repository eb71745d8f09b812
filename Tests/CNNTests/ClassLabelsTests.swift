import CNNImages
import CNNSpec
import Testing

@testable import CNN

/// Labels without images.
private struct LabelledData: ImageDataset {
  var labels: [Int]
  var classCount: Int
  var classNames: [String]?
  var isLabelledByName: Bool { classNames != nil }
  var count: Int { labels.count }
  func label(_ index: Int) -> Int { labels[index] }
  func image(_ index: Int) throws(Diagnostics) -> Image { throw Diagnostics([]) }
  func path(_ index: Int) -> String { "image\(index)" }
  func labelPath(_ index: Int) -> String { isLabelledByName ? path(index) : "labels" }
}

struct ClassLabelsTests {
  private func model(_ classes: String? = nil) throws -> Model {
    let line = classes.map { "classes: [\($0)]\n" } ?? ""
    return try Model(text: "input: 1x1x1\nnetwork: fc(3)\n" + line, name: "net")
  }

  private func training(
    _ labels: [Int], _ names: [String]? = nil, count: Int? = nil, classes: String? = nil
  ) throws -> (labels: ClassLabels, warnings: [Diagnostic]) {
    let number = count ?? names?.count ?? (labels.max() ?? 0) + 1
    let data = LabelledData(labels: labels, classCount: number, classNames: names)
    return try ClassLabels.forTraining(on: data, for: try model(classes), classes: 3)
  }

  @Test func `numbers are taken as they are, names are matched`() throws {
    #expect(try training([2, 0, 1]).labels.numbers == [2, 0, 1])
    #expect(
      try training([0, 1, 2, 2], ["ape", "cat", "dog"], classes: "dog, ape, cat").labels.numbers == [
        1, 2, 0, 0,
      ])
    #expect(try training([0, 1, 2], ["x", "y", "z"]).labels.numbers == [0, 1, 2], "no names to match with")
    #expect(try training([2, 0, 1]).warnings.isEmpty)
  }

  @Test func `classes without images are a warning that names them`() throws {
    let numbers = try training([0, 2]).warnings
    #expect(numbers.map(\.message) == ["the data has images of 2 of the 3 classes of `net`; none of 1"])
    #expect(numbers.map(\.severity) == [.warning] && numbers.map(\.code) == [.dataFolder])
    let (labels, named) = try training([0, 0], ["cat"], classes: "dog, ape, cat")
    #expect(labels.numbers == [2, 2] && labels.missing == [0, 1])
    #expect(
      named.map(\.message) == ["the data has images of 1 of the 3 classes of `net`; none of `dog`, `ape`"])
    let unnamed = try training([0, 1], ["x", "y"]).warnings
    #expect(unnamed.first?.message.hasSuffix("none of 2") == true)
  }

  @Test(
    arguments: [
      ([0, 3], nil, nil, "the data has 4 classes, but `net` has an output for 3", "labels"),
      (
        [0, 1], ["a", "b", "c", "d"], nil, "the data has 4 classes, but `net` has an output for 3", "image0"
      ),
      (
        [0, 1], ["ape", "cow"], "dog, ape, cat", "the folder `cow` is none of the classes of `net`", "image1"
      ),
    ] as [([Int], [String]?, String?, String, String)])
  func `what the network does not know is an error`(
    labels: [Int], names: [String]?, classes: String?, message: String, file: String
  ) throws {
    let error = #expect(throws: Diagnostics.self) { try training(labels, names, classes: classes) }
    #expect(error?.all.map(\.message) == [message] && error?.all.first?.place == .file(file))
    #expect(error?.all.first?.help.isEmpty == false && error?.hasErrors == true)
  }

  @Test func `a label outside of the classes is an error where it stands`() throws {
    let data = LabelledData(labels: [0, 5], classCount: 6)
    let error = #expect(throws: Diagnostics.self) {
      try ClassLabels(of: data, for: try model(), classes: 3)
    }
    #expect(
      error?.all.map(\.message) == ["image 1 is labelled 5, but the network knows the classes 0 to 2"])
    #expect(error?.all.first?.place == .file("labels"))
  }
}
