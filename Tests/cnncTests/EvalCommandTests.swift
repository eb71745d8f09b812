import CNNSpec
import CNNTestSupport
import Foundation
import Testing

struct EvalCommandTests {
  /// A folder in MNIST's form with 20 test and 30 training images.
  private func data() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, count) in [("t10k", 20), ("train", 30)] {
      try folder.write("\(name)-images-idx3-ubyte", Make.images(count))
      try folder.write("\(name)-labels-idx1-ubyte", Make.idx([count], (0..<count).map { UInt8($0 % 10) }))
    }
    return folder
  }

  @Test func `the JSON has the contract's keys, and threads change nothing`() throws {
    let folder = try data()
    let line = "eval lenet5 --data \(folder.path) --json"
    let results = try ["", " --threads 1", " --threads 2", " --threads 7"].map { try cnnc(line + $0) }
    #expect(results.allSatisfy { $0.status == 0 && $0.errors.isEmpty && $0.output == results[0].output })
    let document = try results[0].object()
    #expect(Set(document.keys) == ["images", "loss", "accuracy", "top5", "confusion"])
    #expect(document["images"] as? Int == 20)
    let confusion = try #require(document["confusion"] as? [[Int]])
    #expect(confusion.count == 10)
    #expect(confusion.allSatisfy { $0.count == 10 && $0.reduce(0, +) == 2 })
    let right = (0..<10).reduce(0) { $0 + confusion[$1][$1] }
    #expect(document["accuracy"] as? Double == Double(right) / 20)
    let small = try cnnc("\(line) --batch 3 --threads 2").object()
    #expect(small["confusion"] as? [[Int]] == confusion)
  }

  @Test func `folders are classes by their names, whatever their order`() throws {
    let folder = try TemporaryFolder()
    let black = Array("P6\n1 1\n255\n".utf8) + [0, 0, 0]
    for (name, count) in [("cat", 1), ("dog", 2), ("Ape", 3)] {
      mkdir("\(folder.path)/\(name)", 0o755)
      for number in 0..<count { try folder.write("\(name)/\(number).ppm", black) }
    }
    let spec = try TemporaryFolder()
    func evaluate(_ classes: String) throws -> CommandResult {
      let text = "input: 3x1x1\nnetwork: fc:f(3)\nclasses: [\(classes)]\n"
      let path = try spec.write("k.yaml", Array(text.utf8))
      return try cnnc("eval \(path) --quiet --data \(folder.path) --json")
    }
    let rows = try #require(try evaluate("dog, cat, Ape").object()["confusion"] as? [[Int]])
    #expect(rows.map { $0.reduce(0, +) } == [2, 1, 3])
    let wrong = try evaluate("dog, cow, Ape")
    #expect(wrong.status == 1 && wrong.errors.contains("the folder `cat` is none of the classes of `k`"))
  }

  @Test func `the split is test or train`() throws {
    let folder = try data()
    let line = "eval lenet5 --data \(folder.path)"
    #expect(try cnnc("\(line) --json --split train").object()["images"] as? Int == 30)
    #expect(try cnnc("\(line) --json --split test").object()["images"] as? Int == 20)
    let text = try cnnc(line)
    #expect(text.output.hasPrefix("20 images, ") && text.output.contains("is \\ seen as"))
    let wrong = try cnnc("\(line) --split tests")
    #expect(wrong.status == 64 && wrong.output.isEmpty && wrong.errors.contains("test"))
  }

  @Test func `data that does not fit the network or itself is refused`() throws {
    let folder = try data()
    let line = "eval lenet5 --data \(folder.path)"
    func expectRefused(_ says: String, _ line: String, sourceLocation: SourceLocation = #_sourceLocation)
      throws
    {
      let result = try cnnc(line)
      #expect(result.status == 1 && result.output.isEmpty, "\(result)", sourceLocation: sourceLocation)
      #expect(result.errors.contains(says), "\(result.errors)", sourceLocation: sourceLocation)
      #expect(result.errors.contains("help:"), "\(result.errors)", sourceLocation: sourceLocation)
    }
    try folder.write("t10k-labels-idx1-ubyte", Make.idx([20], [UInt8](repeating: 10, count: 20)))
    try expectRefused("is labelled 10", line)
    try folder.write("t10k-labels-idx1-ubyte", Make.idx([19], [UInt8](repeating: 1, count: 19)))
    try expectRefused("error[data-folder]", line)
    try folder.write("t10k-images-idx3-ubyte", Array(Make.images(20).dropLast()))
    try expectRefused("error[", line)
  }
}
