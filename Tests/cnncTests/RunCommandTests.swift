import CNNSpec
import CNNTestSupport
import Foundation
import Testing

struct RunCommandTests {
  static let fixtures = Repository.path("Tests/Fixtures/images")
  static let boot = Repository.path("specs/lenet5.png")

  /// The classes of the one image of a run, best first.
  private func classes(_ result: CommandResult, sourceLocation: SourceLocation = #_sourceLocation) throws
    -> [Int]
  {
    let inputs = try #require(
      try result.object(sourceLocation: sourceLocation)["inputs"] as? [[String: Any]],
      sourceLocation: sourceLocation)
    let top = try #require(inputs.first?["top"] as? [[String: Any]], sourceLocation: sourceLocation)
    return top.compactMap { $0["class"] as? Int }
  }

  @Test func `the shipped network knows the shipped image`() throws {
    let result = try cnnc("run lenet5 --input \(Self.boot) --json")
    #expect(result.status == 0 && result.errors.isEmpty)
    let document = try result.object()
    #expect(Set(document.keys) == ["inputs"])
    let inputs = try #require(document["inputs"] as? [[String: Any]])
    #expect(inputs.count == 1 && Set(inputs[0].keys) == ["file", "top", "milliseconds"])
    #expect(inputs[0]["file"] as? String == Self.boot)
    let top = try #require(inputs[0]["top"] as? [[String: Any]])
    #expect(top.count == 5 && top.allSatisfy { Set($0.keys) == ["class", "label", "score"] })
    #expect(top[0]["class"] as? Int == 9 && top[0]["label"] as? String == "Ankle boot")
    let text = try cnnc("run lenet5 --input \(Self.boot) --top 2")
    #expect(text.output.contains("9  Ankle boot  0.99983") && !text.output.contains("Sandal"))
  }

  @Test(arguments: ["", " --index 0"]) func `the files of one image may be of any kind`(index: String) throws
  {
    let gray = "\(Self.fixtures)/fashion-1-pullover.png"
    #expect(try classes(cnnc("run lenet5 --input \(gray)\(index) --json"))[0] == 2)
    let folder = try TemporaryFolder()
    let pixels = (0..<784).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let files = [
      try folder.write("a.pgm", Array("P5 28 28 255\n".utf8) + pixels),
      try folder.write("a.npy", Make.npy("|u1", [28, 28], pixels)),
      try folder.write("a.idx", Make.idx([1, 28, 28], pixels)),
      try folder.write("ready.npy", Make.npy([1, 28, 28], pixels.map { Float($0) / 255 })),
      try folder.write("batch.npy", Make.npy([1, 1, 28, 28], pixels.map { Float($0) / 255 })),
    ]
    let orders = try files.map { try classes(cnnc("run lenet5 --input \($0)\(index) --top 10 --json")) }
    // LeNet-5 standardises images; what is a float is taken as it is.
    #expect(orders[0] == orders[1] && orders[0] == orders[2] && orders[3] == orders[4], "\(orders)")
    #expect(orders.allSatisfy { $0.sorted() == Array(0..<10) })
    let photo = try cnnc("run resnet20-cifar --quiet --input \(Self.fixtures)/jpeg/rgb444.jpg\(index) --json")
    #expect(try classes(photo).count == 5)
  }

  @Test func `files, batches and remainders give the same numbers in the same order`() throws {
    let folder = try TemporaryFolder()
    let many = try folder.write("many.idx", Make.images(7))
    let one = try folder.write("one.npy", Make.npy("|u1", [28, 28], [UInt8](repeating: 9, count: 784)))
    var arrays: [WrittenArray] = []
    for batch in [1, 2, 3, 8, 100] {
      let out = folder.path + "/out\(batch).npy"
      let result = try cnnc("run lenet5 --input \(many) \(one) --batch \(batch) --output \(out) --json")
      #expect(result.status == 0)
      #expect((try result.object()["inputs"] as? [Any])?.count == 8)
      arrays.append(try WrittenArray(out))
    }
    #expect(arrays[0].shape == [8, 10])
    for array in arrays {
      #expect(array.shape == [8, 10])
      for (a, b) in zip(array.values, arrays[0].values) { #expect(abs(a - b) <= 1e-6) }
    }
    // --input may repeat; --index takes one image of a file.
    let out = folder.path + "/some.npy"
    let result = try cnnc("run lenet5 --input \(many) --input \(many) --index 3 --output \(out)")
    #expect(result.status == 0)
    let some = try WrittenArray(out)
    #expect(some.shape == [2, 10] && Array(some.values[..<10]) == Array(arrays[0].values[30..<40]))
    let past = try cnnc("run lenet5 --input \(many) --index 7")
    #expect(past.status == 1 && past.errors.contains("many.idx: error[") && past.errors.contains("help:"))
    #expect(
      folder.names == ["many.idx", "one.npy"] + [1, 100, 2, 3, 8].map { "out\($0).npy" } + ["some.npy"])
  }

  @Test func `outputs are any layers' values, each in a file of its own`() throws {
    let folder = try TemporaryFolder()
    let out = folder.path + "/out.npy"
    let line = "run lenet5 --input \(Self.boot) --output \(out) --outputs"
    #expect(try cnnc("\(line) fc3,conv1").status == 0)
    #expect(folder.names == ["out.conv1.npy", "out.fc3.npy"])
    let logits = try WrittenArray(folder.path + "/out.fc3.npy")
    #expect(logits.shape == [1, 10] && logits.values.max() == logits.values[9])
    #expect(try WrittenArray(folder.path + "/out.conv1.npy").shape == [1, 6, 28, 28])
    #expect(try cnnc("\(line) conv2").status == 0)
    #expect(try WrittenArray(out).shape == [1, 16, 10, 10])
    for wrong in ["fc9", "fc3,", ",", "FC3"] {
      let result = try cnnc("\(line) \(wrong)")
      #expect(result.status == 1 || result.status == 64, "\(wrong)")
      #expect(result.output.isEmpty && result.errors.contains("fc"), "\(wrong): \(result)")
    }
  }

  @Test func `weights lie beside the spec, are named, or are drawn, which is said`() throws {
    let folder = try TemporaryFolder()
    let text = try FileSystem.read(Repository.path("specs/lenet5.yaml"))
    let spec = try folder.write("mine.yaml", text)
    let line = "run \(spec) --input \(Self.boot) --json"
    let drawn = try cnnc(line)
    #expect(drawn.status == 0 && drawn.errors.contains("drawn from seed 1"))
    #expect(try cnnc("\(line) --seed 7").errors.contains("drawn from seed 7"))
    #expect(try cnnc("\(line) --quiet").errors.isEmpty)
    let weights = Repository.path("specs/lenet5.safetensors")
    let named = try cnnc("\(line) --weights \(weights)")
    #expect(named.errors.isEmpty)
    #expect(try classes(named)[0] == 9)
    try folder.write("mine.safetensors", try FileSystem.read(weights))
    let beside = try cnnc(line)
    #expect(beside.errors.isEmpty)
    #expect(try classes(beside)[0] == 9)
    // A broken file beside the spec is an error, not a reason to draw.
    try folder.write("mine.safetensors", "")
    #expect(try cnnc(line).status == 1)
  }

  @Test func `an existing file wins over a shipped name, and so do its weights`() throws {
    let folder = try TemporaryFolder()
    try folder.write("lenet5", "input: 1x28x28\nnetwork: fc:only(3)\n")
    let check = try cnnc("check lenet5 --json", in: folder.path).object()
    #expect((check["layers"] as? [Any])?.count == 1)
    let result = try cnnc("run lenet5 --input \(Self.boot)", in: folder.path)
    #expect(result.status == 0 && result.errors.contains("drawn from seed"))
  }

  @Test func `a spec comes from standard input or a pipe, too`() throws {
    let text = "input: 1x28x28\nnetwork: fc(3) - softmax\n"
    #expect(try cnnc("run - --input \(Self.boot)", input: text).status == 0)
    let folder = try TemporaryFolder()
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let process = Command.process(["check", pipe])
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    Thread.detachNewThread {
      guard let stream = fopen(pipe, "w") else { return }
      fputs(text, stream)
      fclose(stream)
    }
    _ = try Command.wait(for: process)
    #expect(Command.status(of: process) == 0)
  }

  @Test func `where the result cannot be written, it is said, and nothing is left`() throws {
    let folder = try TemporaryFolder()
    let line = "run lenet5 --input \(Self.boot) --output"
    for target in [folder.path, folder.path + "/nowhere/out.npy", "/dev/null/out.npy"] {
      let result = try cnnc("\(line) \(target)")
      #expect(result.status == 1 && result.errors.contains("\(target): error["), "\(result)")
      #expect(result.errors.contains("help:"))
    }
    #expect(folder.names.isEmpty)
    #expect(try cnnc("\(line) /dev/null").status == 0)
    // A file that is there is replaced, a link followed.
    try folder.write("old.npy", "old")
    #expect(symlink("old.npy", folder.path + "/link.npy") == 0)
    #expect(try cnnc("\(line) \(folder.path)/link.npy").status == 0)
    #expect(try WrittenArray(folder.path + "/old.npy").shape == [1, 10])
    #expect(folder.names == ["link.npy", "old.npy"])
    guard geteuid() != 0 else { return }
    let locked = folder.makeFolder("locked")
    chmod(locked, 0o500)
    #expect(try cnnc("\(line) \(locked)/out.npy").status == 1)
  }

  @Test func `NaN goes through and never wins`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("nan.npy", Make.npy([1, 28, 28], [Float](repeating: .nan, count: 784)))
    let result = try cnnc("run lenet5 --input \(path) --json")
    #expect(result.status == 0 || result.errors.contains("error[input"))
    if result.status == 0 { _ = try result.json() }
    #expect(try cnnc("run lenet5 --input \(path)").status == result.status)
  }
}
