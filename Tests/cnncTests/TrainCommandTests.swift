import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// What `cnnc train` leaves behind, and what decides every bit of it.
struct TrainCommandTests {
  @Test func `a run to its end leaves weights that eval reads, metrics and a checkpoint`() throws {
    let folder = try TrainingFolder()
    let result = try folder.train()
    #expect(result.status == 0, "\(result)")
    #expect(result.output.contains("\(folder.path)/out/last.safetensors"))
    #expect(result.output.contains("\(folder.path)/out/best.safetensors"))
    #expect(result.errors.contains("epoch 4/4"))
    #expect(
      try folder.files().keys.sorted() == [
        "best.safetensors", "checkpoint.safetensors", "last.safetensors", "metrics.jsonl",
      ])

    let lines = try folder.metrics()
    #expect(lines.map(\.epoch) == [1, 2, 3, 4])
    #expect(lines.map(\.step) == [4, 8, 12, 16])
    #expect(lines.allSatisfy { $0.split == "train" && $0.learningRate == 0.1 && $0.loss > 0 })
    #expect(lines[3].loss < lines[0].loss / 4 && lines[3].accuracy > 0.9)
    #expect(Set(lines.map(\.weights)).count == 4)

    let names = [
      "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.weight", "conv1.bias", "conv1.weight",
    ]
    for name in ["last", "best"] {
      #expect(try folder.saved(name).tensors.keys.sorted() == names + ["fc1.bias", "fc1.weight"])
      let weights = "\(folder.path)/out/\(name).safetensors"
      let line = "eval \(folder.path)/k.yaml --data \(folder.path)/data --weights \(weights) --json"
      let found = try cnnc(line)
      #expect(try #require(try found.object()["accuracy"] as? Double) > 0.9)
    }
  }

  @Test func `the JSON is all that standard output gets, and quiet is silent`() throws {
    let folder = try TrainingFolder()
    let result = try folder.train("--json --quiet --epochs 3")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let document = try result.object()
    #expect(Set(document.keys) == ["finished", "epochs", "steps", "output", "best"])
    #expect(document["finished"] as? Bool == true)
    #expect(document["epochs"] as? Int == 3 && document["steps"] as? Int == 12)
    #expect(document["output"] as? String == "\(folder.path)/out")
    let best = try #require(document["best"] as? [String: Any])
    let least = try #require(try folder.metrics().min { $0.loss < $1.loss })
    #expect(best["epoch"] as? Int == least.epoch && best["loss"] as? Double == least.loss)
    #expect(best["accuracy"] as? Double == least.accuracy)
    #expect(try !folder.train("--json --epochs 3", output: "loud").errors.isEmpty)
  }

  @Test func `threads and repetition change no bit, the seed does`() throws {
    let folder = try TrainingFolder(recipe: "augment: [{shift: 1}, {flip: horizontal}]", "validation: 0.2")
    try folder.finish("--threads 1", output: "one")
    for (output, options) in [("again", "--threads 1"), ("two", "--threads 2"), ("three", "--threads 3")] {
      try folder.finish(options, output: output)
      try folder.expectSame(output, as: "one")
    }
    try folder.finish("--threads 1 --seed 2", output: "seed")
    let (metrics, others) = (try folder.metrics("one"), try folder.metrics("seed"))
    #expect(metrics.count == 8 && zip(metrics, others).allSatisfy { $0.weights != $1.weights })
    #expect(try folder.saved("last", "one").tensors != folder.saved("last", "seed").tensors)
  }

  @Test func `held out images get lines of their own and choose the best epoch`() throws {
    let folder = try TrainingFolder()
    let result = try folder.train("--validation 0.2 --batch 10")
    #expect(result.status == 0 && result.errors.contains("48 images, 12 held out"), "\(result)")
    let lines = try folder.metrics()
    #expect(lines.map(\.split) == (0..<8).map { $0 % 2 == 0 ? "train" : "validation" })
    #expect(lines.map(\.epoch) == [1, 1, 2, 2, 3, 3, 4, 4])
    #expect(lines.map(\.step) == [5, 5, 10, 10, 15, 15, 20, 20])
    // Twelve images are right or wrong.
    let held = lines.filter { $0.split == "validation" }
    #expect(held.allSatisfy { abs($0.accuracy * 12 - ($0.accuracy * 12).rounded()) < 1e-9 })
    let best = try #require(held.max { ($0.accuracy, $1.loss) < ($1.accuracy, $0.loss) })
    #expect(try folder.saved("checkpoint").texts["state.best_epoch"] == "\(best.epoch)")

    let none = try folder.train("--validation 0.001", output: "none")
    #expect(none.status == 0 && none.errors.contains("warning[data-folder]"), "\(none.errors)")
    #expect(try folder.metrics("none").allSatisfy { $0.split == "train" })
  }

  @Test func `little memory is enough, with parts of a batch, and as reproducible`() throws {
    let folder = try TrainingFolder()
    let refused = try folder.train("--memory 1", output: "refused")
    #expect(
      refused.status == 1 && refused.errors.contains("k.yaml: error[memory-limit]"), "\(refused.errors)")
    #expect(try folder.files("refused").isEmpty)
    let least = try #require(Self.number(in: refused.errors, behind: "takes at least "))
    #expect(try folder.train("--memory \(least - 1)", output: "refused").status == 1)

    let result = try folder.train("--memory \(least) --threads 1")
    #expect(result.status == 0 && result.errors.contains("parts"), "\(result.errors)")
    try folder.finish("--memory \(least) --threads 2", output: "two")
    try folder.expectSame("two", as: "out")
    let lines = try folder.metrics()
    #expect(lines[3].loss < lines[0].loss)
  }

  private static func number(in text: String, behind words: String) -> Int? {
    guard let range = text.range(of: words) else { return nil }
    return Int(text[range.upperBound...].prefix { $0.isNumber })
  }
}

/// What a run starts from, and what of it stays.
struct TrainInitialWeightsTests {
  /// A folder with weights in `first`.
  private func trained() throws -> (folder: TrainingFolder, weights: String) {
    let folder = try TrainingFolder()
    try folder.finish("--epochs 2", output: "first")
    return (folder, "\(folder.path)/first/last.safetensors")
  }

  @Test func `all tensors of a file are taken, which is said`() throws {
    let (folder, weights) = try trained()
    let result = try folder.train("--init \(weights) --epochs 1 --learning-rate 0")
    #expect(result.status == 0 && result.errors.contains("8 of 8 tensors are taken"), "\(result.errors)")
    let (before, after) = (try folder.saved("last", "first").tensors, try folder.saved("last").tensors)
    // At no rate, only what batch norm counts changes.
    #expect(
      before.keys.filter { before[$0] != after[$0] }.sorted() == ["bn1.running_mean", "bn1.running_var"])
    try folder.finish("--init random --epochs 2", output: "random")
    try folder.expectSame("random", as: "first")
  }

  @Test func `another head is an error until it is drawn anew`() throws {
    let (folder, weights) = try trained()
    try folder.writeSpec("five.yaml", changing: ["fc1(3)": "fc1(5)"])
    let refused = try folder.train("--init \(weights)", spec: "five.yaml")
    #expect(refused.status == 1 && refused.output.isEmpty)
    #expect(refused.errors.contains("\(weights): error[weights-mismatch]"), "\(refused.errors)")
    for line in [
      "fc1.weight is [3, 64], expected [5, 64]", "fc1.bias is [3], expected [5]", "--reinitialize",
    ] {
      #expect(refused.errors.contains(line), "\(refused.errors)")
    }
    #expect(try folder.files().keys.allSatisfy { !$0.hasSuffix(".safetensors") })

    let line = "--init \(weights) --reinitialize fc1 --epochs 1 --learning-rate 0"
    let result = try folder.train(line, spec: "five.yaml")
    #expect(result.status == 0 && result.errors.contains("6 of 8 tensors are taken"), "\(result.errors)")
    #expect(result.errors.contains("drawn from seed 1: fc1.weight, fc1.bias"), "\(result.errors)")
    let (before, after) = (try folder.saved("last", "first").tensors, try folder.saved("last").tensors)
    #expect(before["conv1.weight"] == after["conv1.weight"])
    #expect(after["fc1.weight"]?.count == 5 * 64 * 4)

    let wrong = try folder.train("--init \(weights) --reinitialize fc1,fc7", output: "wrong")
    #expect(wrong.status == 1 && wrong.errors.contains("no layer `fc7`"), "\(wrong.errors)")
  }

  static let conv = ["conv1.bias", "conv1.weight"]
  static let batchNorm = ["bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.weight"]

  @Test(arguments: [
    ("freeze: [conv1]", conv), ("freeze: [conv1, bn1]", (batchNorm + conv).sorted()),
    // What the rate is multiplied by, weight decay is as well.
    ("layer_rates: {conv1: 0}", conv), ("layer_rates: {conv1: 0.5}", []),
  ])
  func `frozen layers stay bit for bit, the others do not`(recipe: String, kept: [String]) throws {
    let (folder, weights) = try trained()
    try folder.writeSpec(recipe: [recipe])
    try folder.finish("--init \(weights)")
    let (before, after) = (try folder.saved("last", "first").tensors, try folder.saved("last").tensors)
    #expect(before.count == 8 && before.keys == after.keys)
    #expect(before.keys.filter { before[$0] == after[$0] }.sorted() == kept)
  }

  @Test func `weights that are not numbers are told as the file's fault`() throws {
    let (folder, weights) = try trained()
    let bytes = try folder.saved("last", "first").poisoned("conv1.weight")
    let poisoned = try folder.folder.write("poisoned.safetensors", bytes)
    let result = try folder.train("--init \(poisoned)")
    #expect(result.status == 1 && result.errors.contains("conv1.weight"), "\(result.errors)")
    #expect(result.errors.contains("\(poisoned): error["), "\(result.errors)")
    #expect(!result.errors.contains("the update of step 0"), "\(result.errors)")
    try folder.finish("--init \(weights)", output: "whole")
  }
}
