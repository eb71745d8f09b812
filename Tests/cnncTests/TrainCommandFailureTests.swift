import CNNSpec
import CNNTestSupport
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What cannot be trained, and what goes wrong on the way: said, and nothing that was there is lost.
struct TrainCommandFailureTests {
  /// Expects code 1, the words, help, and no file of a run.
  private func expectRefused(
    _ folder: TrainingFolder, _ words: String..., options: String = "", spec: String = "k.yaml",
    data: String = "data", sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try folder.train(options, output: "refused", spec: spec, data: data)
    #expect(result.status == 1 && result.output.isEmpty, "\(result)", sourceLocation: sourceLocation)
    for word in words + ["help:"] {
      #expect(result.errors.contains(word), "\(word): \(result.errors)", sourceLocation: sourceLocation)
    }
    #expect(try folder.files("refused").isEmpty, sourceLocation: sourceLocation)
  }

  @Test func `a folder without data, or without a part of it`() throws {
    let folder = try TrainingFolder()
    _ = folder.folder.makeFolder("empty")
    try expectRefused(folder, "/empty: error[data-folder]", "an empty folder", data: "empty")
    try expectRefused(folder, "/none: error[unreadable-file]", data: "none")
    try expectRefused(folder, "/k.yaml: error[unreadable-file]", data: "k.yaml")
    unlink("\(folder.path)/data/train-labels-idx1-ubyte")
    try expectRefused(folder, "/data: error[data-folder]", "train-labels-idx1-ubyte")
  }

  @Test func `images and labels that do not fit together or the network`() throws {
    let folder = try TrainingFolder()
    let labels = "data/train-labels-idx1-ubyte"
    func writeLabels(_ count: Int, last: UInt8) throws {
      try folder.folder.write(labels, Make.idx([count], [UInt8](repeating: 0, count: count - 1) + [last]))
    }
    try writeLabels(59, last: 2)
    try expectRefused(folder, "\(labels): error[data-folder]", "60 images", "59 labels")
    try writeLabels(60, last: 3)
    try expectRefused(folder, "\(labels): error[data-folder]", "4 classes", "an output for 3")
    try writeLabels(60, last: 255)
    try expectRefused(folder, "\(labels): error[data-folder]", "256 classes", "an output for 3")
    try writeLabels(60, last: 2)
    try folder.writeSpec("two.yaml", changing: ["fc1(3)": "fc1(2)"])
    try expectRefused(folder, "3 classes", "an output for 2", spec: "two.yaml")
    // Fewer are a warning.
    try folder.writeSpec("five.yaml", changing: ["fc1(3)": "fc1(5)"])
    let result = try folder.train("--epochs 1", spec: "five.yaml")
    #expect(result.status == 0 && result.errors.contains("warning[data-folder]"), "\(result.errors)")
  }

  @Test func `damaged images`() throws {
    let folder = try TrainingFolder()
    let images = "data/train-images-idx3-ubyte"
    let whole = TrainingFolder.images(60, seed: 1)
    try folder.folder.write(images, Array(whole.dropLast()))
    try expectRefused(folder, "\(images): error[input-file]")
    try folder.folder.write(images, Make.idx([0, 8, 8], []))
    try expectRefused(folder, "\(images): error[input-file]", "no image")
    unlink("\(folder.path)/\(images)")
    // Gzip with one stored block, which ends too early.
    let size = [UInt8(whole.count & 0xFF), UInt8(whole.count >> 8)]
    let start: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + size + size.map { ~$0 }
    try folder.folder.write(images + ".gz", start + whole.prefix(whole.count / 2))
    try expectRefused(folder, "\(images).gz: error[input-file]", "truncated")
  }

  @Test func `more images a step than there are`() throws {
    let folder = try TrainingFolder()
    try expectRefused(
      folder, "/data: error[data-folder]", "a batch of 61", "--batch 60 or less", options: "--batch 61")
    try expectRefused(
      folder, "30 images", "30 more held out", "--batch 30 or less", options: "--batch 60 --validation 0.5")
    try expectRefused(folder, "--batch 60 or less", options: "--batch \(Int.max)")
    try folder.finish("--batch 60 --epochs 1")
  }

  @Test func `networks that classify nothing or learn nothing`() throws {
    let folder = try TrainingFolder()
    let networks = [
      ("conv(3, 3x3) - softmax", "3x6x6"),
      ("\n  - maxpool(8)\n  - concat: [identity, identity, identity]", "no tensor to train"),
      ("fc:a(3) - fc:b(3)\noutputs: [a, b]", "2 values: a, b"),
    ]
    for (network, word) in networks {
      try folder.writeSpec("other.yaml", changing: [TrainingFolder.network: network])
      try expectRefused(folder, word, spec: "other.yaml")
    }
    try folder.writeSpec("frozen.yaml", recipe: ["freeze: [conv1, bn1, fc1]"])
    try expectRefused(
      folder, "frozen.yaml:8:12: error[invalid-value]", "no tensor to train", spec: "frozen.yaml")
    try folder.writeSpec("unknown.yaml", recipe: ["freeze: [fc7]"])
    try expectRefused(folder, "unknown.yaml:8:12: error[unknown-label]", "`fc7`", spec: "unknown.yaml")
  }

  @Test func `an output folder that cannot be`() throws {
    let folder = try TrainingFolder()
    let file = try folder.folder.write("file", "mine")
    for output in ["file", "file/below/it"] {
      let result = try folder.train(output: output)
      #expect(result.status == 1 && result.output.isEmpty)
      #expect(result.errors.contains("\(file): error["), "\(result.errors)")
      #expect(result.errors.contains("expected a directory") && result.errors.contains("help:"))
    }
    #expect(try FileSystem.read(file) == Array("mine".utf8))
    guard geteuid() != 0 else { return }
    chmod(folder.folder.makeFolder("locked"), 0o555)
    let result = try folder.train(output: "locked/out")
    #expect(result.status == 1 && result.errors.contains("error[output-file]"), "\(result.errors)")
  }

  @Test func `a loss that is not finite names step and layer, and the checkpoint survives`() throws {
    let folder = try TrainingFolder(recipe: "schedule: {step: {every: 2, factor: 1e300}}")
    try folder.finish("--epochs 2", output: "reference")
    for options in ["", "--resume"] {
      let result = try folder.train(options)
      #expect(result.status == 1 && result.output.isEmpty)
      // The ninth step is the first of the third epoch: its update is the end.
      #expect(result.errors.contains("error[training-diverged]: the loss of step 10 "), "\(result.errors)")
      #expect(result.errors.contains("conv1"), "\(result.errors)")
      #expect(result.errors.contains("--learning-rate"), "\(result.errors)")
      try folder.expectSame("out", as: "reference")
    }
    try expectRefusedDivergence(folder, "--learning-rate 1e30")
  }

  /// What the last update makes of the weights, no loss of the epoch tells.
  @Test(arguments: [
    "--epochs 1 --batch 60", "--epochs 2 --batch 60", "--epochs 1 --batch 48 --validation 0.2",
  ])
  func `weights that are not finite at an epoch's end are not written`(options: String) throws {
    try expectRefusedDivergence(try TrainingFolder(), options + " --learning-rate 1e300")
  }

  @Test func `a validation loss that is not finite is an error, and no metric`() throws {
    let folder = try TrainingFolder()
    let result = try folder.train("--epochs 1 --batch 48 --validation 0.2 --learning-rate 1e38 --json")
    #expect(result.status == 1 && result.errors.contains("error[training-diverged]"), "\(result)")
    let lines = String(decoding: try folder.files()["metrics.jsonl"] ?? [], as: UTF8.self)
    #expect(!lines.contains("null") && !lines.contains("nan"), "\(lines)")
  }

  private func expectRefusedDivergence(
    _ folder: TrainingFolder, _ options: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try folder.train(options, output: "diverged")
    #expect(result.status == 1, "\(result)", sourceLocation: sourceLocation)
    #expect(
      result.errors.contains("error[training-diverged]"), "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.contains("step"), "\(result.errors)", sourceLocation: sourceLocation)
    let named = ["conv1", "bn1", "fc1"].contains { result.errors.contains($0) }
    #expect(named, "\(result.errors)", sourceLocation: sourceLocation)
    for (name, bytes) in try folder.files("diverged") where name.hasSuffix(".safetensors") {
      let isFinite = try SavedTensors(bytes).tensors.values.allSatisfy { tensor in
        // The exponent's bits of a float32 are all set.
        stride(from: 0, to: tensor.count, by: 4).allSatisfy {
          tensor[$0 + 3] & 0x7F != 0x7F || tensor[$0 + 2] & 0x80 == 0
        }
      }
      #expect(isFinite, "\(name)", sourceLocation: sourceLocation)
    }
  }

  @Test func `a checkpoint that is cut, or none`() throws {
    let folder = try TrainingFolder()
    try folder.finish("--epochs 1")
    let whole = try #require(try folder.files()["checkpoint.safetensors"])
    let weights = try #require(try folder.files()["last.safetensors"])
    let cuts = [0, 5, 100, whole.count / 2, whole.count - 1].map { Array(whole[..<$0]) }
    for bytes in cuts + [weights, Array("no checkpoint".utf8)] {
      try folder.folder.write("out/checkpoint.safetensors", bytes)
      let files = try folder.files()
      let result = try folder.train("--resume --epochs 2")
      #expect(result.status == 1 && result.output.isEmpty)
      #expect(
        result.errors.contains("out/checkpoint.safetensors: error[weights-file]"), "\(result.errors)")
      #expect(try folder.files() == files)
    }
    try folder.folder.write("out/checkpoint.safetensors", whole)
    try folder.folder.write("out/metrics.jsonl", "short")
    let result = try folder.train("--resume --epochs 2")
    #expect(result.status == 1 && result.errors.contains("out/metrics.jsonl: error["), "\(result.errors)")
  }

  @Test(arguments: [
    ("state.images", "61"), ("state.images", "\(Int.max)"), ("state.step", "0"), ("state.step", "\(Int.max)"),
    ("state.epoch", "0"), ("state.epoch", "\(Int.max)"), ("state.correct", "\(Int.max)"),
    ("state.epoch", "-1"),
    ("state.loss", "7ff8000000000000"),
  ])
  func `a checkpoint whose counts cannot be is told, not believed`(key: String, value: String) throws {
    let folder = try TrainingFolder()
    try folder.finish("--epochs 1")
    try folder.folder.write(
      "out/checkpoint.safetensors", try folder.saved("checkpoint").setting(key, to: value))
    let result = try folder.train("--resume --epochs 2")
    #expect(
      result.status == 1 && result.errors.contains("out/checkpoint.safetensors: error["), "\(result)")
  }

  @Test(arguments: ["", "--epochs 3 --resume"])
  func `a disk that is full leaves the old files and no others`(options: String) throws {
    let folder = try TrainingFolder(recipe: "optimizer: adam")
    if !options.isEmpty { try folder.finish("--epochs 1") }
    let before = try folder.files()["checkpoint.safetensors"]
    // Four blocks of 512 or 1024 bytes are enough for the weights, not for the optimizer's state as well.
    let process = Command.process([])
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    let script = "ulimit -f 4; errors=$1; shift; exec \"$0\" \"$@\" 2> \"$errors\" > /dev/null"
    process.arguments =
      ["-c", script, Command.path, "\(folder.path)/errors"] + folder.arguments(options)
    _ = try Command.wait(for: process)
    let errors = String(decoding: try FileSystem.read("\(folder.path)/errors"), as: UTF8.self)
    #expect(Command.status(of: process) == 1, "\(errors)")
    #expect(errors.contains("out/checkpoint.safetensors: error[output-file]"), "\(errors)")
    #expect(try folder.files().keys.allSatisfy { !$0.hasPrefix(".cnnc") })
    #expect(try folder.files()["checkpoint.safetensors"] == before)
    // With room again, it goes on.
    try folder.finish(options.isEmpty ? "--epochs 3" : options)
    try folder.finish("--epochs 3", output: "reference")
    try folder.expectSame("out", as: "reference")
  }

  @Test(arguments: [
    "--epochs 0", "--epochs 1e3", "--epochs -1", "--batch 0", "--learning-rate nan", "--learning-rate inf",
    "--learning-rate -1", "--validation 1", "--validation nan", "--seed -1", "--memory 12XB", "--memory 0",
    "--threads 0", "--reinitialize fc1", "--init random --reinitialize fc1", "--resume --init w.safetensors",
    "--output", "--patience 3",
  ])
  func `a wrong command line`(options: String) throws {
    let folder = try TrainingFolder()
    let result = try folder.train(options)
    #expect(result.status == 64 && result.output.isEmpty, "\(result)")
    let name = try #require(options.split(separator: " ").last { $0.hasPrefix("--") })
    #expect(result.errors.contains(name) || result.errors.contains("batch"), "\(result.errors)")
    #expect(try folder.files().isEmpty)
  }

  @Test func `data and a spec have to be named`() throws {
    let missing = try cnnc("train lenet5")
    #expect(missing.status == 64 && missing.output.isEmpty && missing.errors.contains("--data"))
    #expect(try cnnc("train --data .").status == 64)
    let unknown = try cnnc("train lenet6 --data .")
    #expect(unknown.status == 1 && unknown.errors.contains("did you mean the shipped `lenet"))
  }

  /// Of four steps each.
  @Test(arguments: [Int.max, Int.max / 2])
  func `more epochs than can be counted in steps are told`(epochs: Int) throws {
    let folder = try TrainingFolder()
    let result = try folder.train("--epochs \(epochs)")
    #expect(result.status == 1 || result.status == 64, "\(result)")
    #expect(result.errors.contains("epochs"), "\(result.errors)")
  }
}
