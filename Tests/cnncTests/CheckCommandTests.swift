import CNNTestSupport
import Foundation
import Testing

struct CheckCommandTests {
  static let documentKeys: Set = ["name", "input", "ok", "layers", "totals", "diagnostics"]
  static let layerKeys: Set = [
    "name", "kind", "input", "output", "parameters", "weights", "biases", "macs", "connections", "other_ops",
    "receptive_field", "activation_bytes", "tensors", "line", "column",
  ]
  static let totalKeys: Set = [
    "parameters", "buffers", "macs", "connections", "other_ops", "activation_bytes", "arena_bytes",
  ]

  @Test func `the JSON of a network has the contract's keys and LeNet-5's numbers`() throws {
    let result = try cnnc("check lenet5 --json")
    #expect(result.status == 0 && result.errors.isEmpty)
    let document = try result.object()
    #expect(Set(document.keys) == Self.documentKeys)
    #expect(document["name"] as? String == "lenet5" && document["ok"] as? Bool == true)
    #expect(document["input"] as? [Int] == [1, 28, 28])
    let layers = try #require(document["layers"] as? [[String: Any]])
    #expect(layers.count == 12)
    for layer in layers { #expect(Set(layer.keys) == Self.layerKeys) }
    #expect(layers[0]["name"] as? String == "conv1" && layers[0]["kind"] as? String == "conv")
    #expect(layers[0]["output"] as? [Int] == [6, 28, 28] && layers[0]["macs"] as? Int == 117_600)
    let tensors = try #require(layers[0]["tensors"] as? [[String: Any]])
    #expect(tensors.map { $0["name"] as? String } == ["conv1.weight", "conv1.bias"])
    #expect(tensors[0]["shape"] as? [Int] == [6, 1, 5, 5])
    let field = try #require(layers[0]["receptive_field"] as? [String: [Int]])
    #expect(
      field["size"] == [5, 5] && field["stride"] == [1, 1] && Set(field.keys) == ["size", "stride", "offset"])
    let totals = try #require(document["totals"] as? [String: Any])
    #expect(Set(totals.keys) == Self.totalKeys)
    #expect(totals["parameters"] as? Int == 61_706 && totals["macs"] as? Int == 416_520)
    #expect((document["diagnostics"] as? [Any])?.isEmpty == true)
  }

  @Test func `several specs are an array, one wrong among them exit code 1`() throws {
    let folder = try TemporaryFolder()
    let bad = try folder.write("bad.yaml", "input: 1x8x8\nnetwork: conv(4, 9)\n")
    let result = try cnnc("check lenet5 \(bad) lenet1 --json")
    #expect(result.status == 1)
    let documents = try #require(try result.json() as? [[String: Any]])
    #expect(documents.map { $0["ok"] as? Bool } == [true, false, true])
    #expect(documents.map { $0["name"] as? String } == ["lenet5", "bad", "lenet1"])
    for document in documents { #expect(Set(document.keys) == Self.documentKeys) }
  }

  @Test func `a hundred errors are shown, and how many more there are`() throws {
    let folder = try TemporaryFolder()
    let layers = (0..<130).map { "a\($0)" }.joined(separator: " - ")
    let path = try folder.write("many.yaml", "input: 1x8x8\nnetwork: \(layers)\n")
    for line in ["check \(path)", "check \(path) --quiet", "plan \(path)"] {
      let text = try cnnc(line)
      #expect(text.status == 1)
      #expect(
        text.errors.hasSuffix("note[more-findings]: ... and 30 more errors\n"), "\(line): \(text.errors)")
    }
    let findings = try #require(
      try cnnc("check \(path) --json").object()["diagnostics"] as? [[String: Any]])
    #expect(findings.count == 101 && findings.dropLast().allSatisfy { $0["severity"] as? String == "error" })
    #expect(findings.last?["message"] as? String == "... and 30 more errors")
    #expect(findings.last?["severity"] as? String == "note")
  }

  @Test func `a spec with errors is the same document with what is known`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "bad.yaml", "input: 1x8x8\nnetwork: conv:a(4, 3) - conv:b(4, 9) - conv:c(4, 0)\n")
    let result = try cnnc("check \(path) --json")
    #expect(result.status == 1)
    let document = try result.object()
    #expect(Set(document.keys) == Self.documentKeys && document["ok"] as? Bool == false)
    let layers = try #require(document["layers"] as? [[String: Any]])
    #expect(layers[0]["output"] as? [Int] == [4, 6, 6])
    let findings = try #require(document["diagnostics"] as? [[String: Any]])
    #expect(findings.count == 2)
    for finding in findings {
      #expect(Set(finding.keys) == ["severity", "code", "message", "help", "file", "line", "column"])
      #expect(finding["severity"] as? String == "error" && finding["file"] as? String == path)
      #expect(finding["line"] as? Int == 2)
    }
    // People get the same findings on standard error.
    #expect(result.errors.contains("\(path):2:") && result.errors.contains("2 errors"))
  }

  @Test func `what is wrong with a spec's text is in the document, too`() throws {
    for text in ["", "hello", "input: 1x8x8\n", "input: 1x8x8\nnetwrok: relu\nnetwork: relu\n"] {
      let result = try cnnc("check - --json", input: text)
      #expect(result.status == 1)
      let document = try result.object()
      #expect(Set(document.keys) == Self.documentKeys && document["ok"] as? Bool == false)
      #expect((document["diagnostics"] as? [Any])?.isEmpty == false, "\(text)")
    }
    let missing = try cnnc("check nowhere.yaml --json")
    #expect(missing.status == 1)
    #expect(Set(try missing.object().keys) == Self.documentKeys)
  }

  @Test func `a family lists its members with where, and is right if any is`() throws {
    let document = try cnnc("check lecture --json").object()
    let members = try #require(document["members"] as? [[String: Any]])
    #expect(members.count == 36)
    for member in members {
      #expect((member["where"] as? [String: Int])?.keys.sorted() == ["K", "M", "N"])
      #expect(member["ok"] as? Bool == true && member["layers"] is [Any] && member["totals"] is [String: Any])
    }
    let some = try cnnc("check - --json", input: "input: 1x8x8\nnetwork: conv(1, K)\nwhere: {K: 7..10}\n")
    let list = try #require(try some.object()["members"] as? [[String: Any]])
    #expect(some.status == 0 && list.map { $0["ok"] as? Bool } == [true, true, false, false])
    #expect((list[2]["diagnostics"] as? [Any])?.isEmpty == false)
    let none = try cnnc("check - --json", input: "input: 1x8x8\nnetwork: conv(1, K)\nwhere: {K: 9..10}\n")
    #expect(none.status == 1)
    #expect(try none.object()["ok"] as? Bool == false)
  }

  @Test func `where fixes one member, or makes the family smaller`() throws {
    let one = try cnnc("check lecture --json --where N=2,M=3,K=1").object()
    #expect(one["members"] == nil && one["ok"] as? Bool == true)
    let some = try cnnc("check lecture --json --where N=2,M=3").object()
    #expect((some["members"] as? [Any])?.count == 3)
    for wrong in ["X=1", "N=99"] {
      let result = try cnnc("check lecture --where \(wrong)")
      #expect(result.status == 1 && result.errors.contains("help:"), "\(wrong): \(result.errors)")
    }
  }

  @Test func `quiet leaves notes out, errors not`() throws {
    #expect(try cnnc("check resnet50").errors.contains("note[unread-border]"))
    let result = try cnnc("check resnet50 --quiet")
    #expect(result.errors.isEmpty && result.output.contains("25,557,032"))
    #expect(try cnnc("check - --quiet", input: "").errors.contains("error["))
  }

  @Test func `the arena grows with the batch`() throws {
    func arena(_ batch: Int) throws -> Int {
      let totals = try cnnc("check lenet5 --json --batch \(batch)").object()["totals"] as? [String: Any]
      return try #require(totals?["arena_bytes"] as? Int)
    }
    #expect(try arena(8) > 7 * arena(1))
  }

  @Test func `an input that asks names the sizes that fit`() throws {
    let result = try cnnc("check -", input: "input: 3x?x?\nnetwork: \"conv(4, 4, stride=4) - maxpool(2)\"\n")
    #expect(result.status == 0 && result.output.contains("8 to 1024 in steps of 8"), "\(result)")
  }
}
