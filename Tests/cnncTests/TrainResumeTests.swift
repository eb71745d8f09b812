import CNNSpec
import CNNTestSupport
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A run that was stopped, however, goes on as if it had not been.
struct TrainResumeTests {
  /// More epochs than any test waits for: it is the test that ends the run. With a constant rate, a resume may
  /// ask for fewer.
  private static let endless = "--epochs 100000"

  /// Resumes until two more epochs are done, and compares with a run that nothing has disturbed.
  private func expectExactEnd(_ folder: TrainingFolder, threads: Int) throws {
    let done = try #require(try folder.saved("checkpoint").texts["state.epoch"].flatMap { Int($0) })
    let result = try folder.train("--resume --epochs \(done + 2) --threads \(threads)")
    #expect(result.status == 0, "\(result)")
    try folder.finish("--epochs \(done + 2) --threads 1", output: "reference")
    try folder.expectSame("out", as: "reference")
  }

  @Test(arguments: [1, 2]) func `kills at any moment change no bit`(threads: Int) throws {
    let folder = try TrainingFolder(recipe: "validation: 0.2", "batch: 8", "augment: [{shift: 1}]")
    for (number, moment) in [-2, -1, 0, 1, 3].enumerated() {
      // Both with more and with fewer threads than before.
      let threads = number % 2 == 0 ? threads : 3 - threads
      let hasCheckpoint = try folder.files()["checkpoint.safetensors"] != nil
      let options = "\(Self.endless) --threads \(threads)" + (hasCheckpoint ? " --resume" : "")
      let before = folder.lineCount()
      let process = try SpawnedCommand(folder.arguments(options))
      let isThere = process.wait {
        switch moment {
        case -2: true
        case -1: FileSystem.kind(of: "\(folder.path)/out/checkpoint.safetensors") != nil
        default: folder.lineCount() > before + 2 * moment
        }
      }
      #expect(isThere)
      process.send(SIGKILL)
      #expect(process.status(within: Command.limit) == -SIGKILL)
      // Whole, whenever it was.
      for (name, bytes) in try folder.files() where name.hasSuffix(".safetensors") {
        _ = try SavedTensors(bytes)
      }
    }
    try expectExactEnd(folder, threads: 3 - threads)
  }

  @Test(arguments: [(SIGINT, 130, 1), (SIGTERM, 143, 2)] as [(Int32, Int32, Int)])
  func `an interrupt saves the epoch that is under way`(signal: Int32, expected: Int32, threads: Int) throws {
    let folder = try TrainingFolder(images: 600, recipe: "batch: 8")
    for number in 0..<2 {
      let before = folder.lineCount()
      let options = "\(Self.endless) --threads \(threads)" + (number > 0 ? " --resume" : "")
      let process = try SpawnedCommand(folder.arguments(options))
      #expect(process.wait { folder.lineCount() > before })
      // Most likely into the middle of an epoch; between two is as good.
      usleep(3000)
      process.send(signal)
      #expect(process.status(within: Command.limit) == expected)
      let state = try folder.saved("checkpoint").texts
      let images = try #require(state["state.images"].flatMap { Int($0) })
      let epochs = try #require(state["state.epoch"].flatMap { Int($0) })
      #expect(images < 600)
      #expect(state["state.step"] == "\(epochs * 75 + images / 8)")
      #expect(epochs == folder.lineCount())
    }
    try expectExactEnd(folder, threads: 3 - threads)
  }

  @Test func `more epochs go on at a constant rate, not where the rate depends on their number`() throws {
    let folder = try TrainingFolder()
    try folder.finish("--epochs 2")
    try folder.finish("--epochs 3 --resume")
    try folder.finish("--epochs 3", output: "reference")
    try folder.expectSame("out", as: "reference")
    // Nothing is left to do.
    let files = try folder.files()
    try folder.finish("--epochs 3 --resume")
    #expect(try folder.files() == files)

    for schedule in ["cosine", "{one_cycle: {peak: 0.1}}"] {
      try folder.writeSpec("changing.yaml", recipe: ["schedule: \(schedule)"])
      let output = "changing-\(schedule.count)"
      try folder.finish("--epochs 2", output: output, spec: "changing.yaml")
      let result = try folder.train("--epochs 3 --resume", output: output, spec: "changing.yaml")
      #expect(result.status == 1 && result.errors.contains("epochs was 2, now 3"), "\(result.errors)")
    }
  }

  /// Expects that a resume is refused with all of the words, and changes nothing.
  private func expectRefused(
    _ folder: TrainingFolder, _ options: String = "", spec: String = "k.yaml", data: String = "data",
    _ words: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let files = try folder.files()
    let result = try folder.train("--resume " + options, spec: spec, data: data)
    #expect(result.status == 1 && result.output.isEmpty, "\(result)", sourceLocation: sourceLocation)
    for word in ["checkpoint.safetensors: error[checkpoint-mismatch]", "--output"] + words {
      #expect(result.errors.contains(word), "\(word): \(result.errors)", sourceLocation: sourceLocation)
    }
    #expect(try folder.files() == files, sourceLocation: sourceLocation)
  }

  @Test func `what differs from the run that is resumed is told, all of it`() throws {
    let folder = try TrainingFolder()
    try folder.finish("--epochs 1")
    try expectRefused(folder, "--seed 2", ["seed was 1, now 2"])
    try expectRefused(folder, "--batch 8", ["batch was 16, now 8"])
    try expectRefused(folder, "--learning-rate 0.2", ["optimizer was", "learningRate: 0.2"])
    try expectRefused(
      folder, "--seed 2 --batch 8 --validation 0.1", ["seed was", "batch was", "validation was 0.0, now 0.1"])
    try folder.writeSpec("other.yaml", changing: ["dropout(0.2)": "dropout(0.3)"])
    try expectRefused(folder, spec: "other.yaml", ["another network"])
    try folder.writeData("train", 61, seed: 1, to: "more")
    try expectRefused(folder, data: "more", ["another data"])
    try folder.writeData("train", 60, seed: 1, to: "labels", classes: 2)
    try expectRefused(folder, data: "labels", ["another data"])
  }

  @Test func `other pixels with the same labels are other data`() throws {
    let folder = try TrainingFolder()
    try folder.finish("--epochs 1")
    try folder.writeData("train", 60, seed: 3, to: "pixels")
    try expectRefused(folder, data: "pixels", ["another data"])
  }

  @Test func `other preprocessing is another run`() throws {
    let folder = try TrainingFolder()
    try folder.finish("--epochs 1")
    try folder.writeSpec("other.yaml", changing: ["mean: 0.3": "mean: 0.5"])
    try expectRefused(folder, spec: "other.yaml", ["preprocess"])
  }

  /// Parts of a batch have statistics of their own, so memory may decide what is computed.
  @Test func `other memory is refused or changes no bit`() throws {
    let folder = try TrainingFolder()
    try folder.finish("--epochs 1 --memory 30KB")
    try folder.finish("--epochs 2 --memory 30KB", output: "reference")
    let result = try folder.train("--epochs 2 --resume")
    if result.status != 0 {
      #expect(result.status == 1 && result.errors.contains("memory"), "\(result)")
      try folder.finish("--epochs 2 --memory 30KB --resume")
    }
    try folder.expectSame("out", as: "reference")
  }

  @Test func `without a checkpoint there is nothing to resume`() throws {
    let folder = try TrainingFolder()
    let result = try folder.train("--resume")
    #expect(result.status == 1 && result.output.isEmpty)
    #expect(result.errors.contains("out/checkpoint.safetensors: error[unreadable-file]"), "\(result.errors)")
    #expect(result.errors.contains("help:") && result.errors.contains("--resume"))
    #expect(try folder.files().isEmpty)
    try folder.finish()
  }

  @Test func `a new run does not touch the files of another`() throws {
    let folder = try TrainingFolder()
    try folder.finish("--epochs 1")
    for name in ["checkpoint.safetensors", "last.safetensors", "best.safetensors"] {
      let kept = try folder.files()
      let result = try folder.train("--epochs 1 --seed 2")
      #expect(result.status == 1 && result.errors.contains("out: error[output-file]"), "\(result.errors)")
      #expect(result.errors.contains("--resume") && result.errors.contains("--output"), "\(result.errors)")
      #expect(try folder.files() == kept, "next to go: \(name)")
      unlink("\(folder.path)/out/\(name)")
    }
  }

  @Test func `metrics alone are not overwritten either`() throws {
    let folder = try TrainingFolder()
    try folder.folder.write("out/metrics.jsonl", "{\"epoch\": 1}\n")
    let files = try folder.files()
    let result = try folder.train("--epochs 1")
    #expect(result.status == 1 && result.errors.contains("error[output-file]"), "\(result)")
    #expect(try folder.files() == files)
    // What a kill before the first epoch leaves is nobody's.
    try folder.folder.write("out/metrics.jsonl", "")
    try folder.finish("--epochs 1")
  }

  @Test func `a folder is one process's at a time`() throws {
    let folder = try TrainingFolder()
    try folder.finish("--epochs 1")
    let files = try folder.files()
    let lock = open("\(folder.path)/out/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(lock) }
    try #require(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
    for options in ["", "--resume --epochs 2"] {
      let result = try folder.train(options)
      #expect(result.status == 1 && result.errors.contains("out: error[output-file]"), "\(result.errors)")
      #expect(result.errors.contains("another process"), "\(result.errors)")
    }
    #expect(try folder.files() == files)
    flock(lock, LOCK_UN)
    try folder.finish("--resume --epochs 2")
  }
}
