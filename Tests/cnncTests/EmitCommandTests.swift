import CNNSpec
import CNNTestSupport
import Testing

struct EmitCommandTests {
  @Test func `two runs write the same bytes, which name no machine`() throws {
    let folder = try TemporaryFolder()
    var texts: [String] = []
    for name in ["a", "b"] {
      let result = try cnnc("emit lenet5 --target swift --output \(folder.path)/\(name)")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.hasPrefix("\(folder.path)/\(name)/LeNet5.swift"))
      texts.append(
        String(decoding: try FileSystem.read("\(folder.path)/\(name)/LeNet5.swift"), as: UTF8.self))
    }
    #expect(texts[0] == texts[1])
    #expect(!texts[0].contains(folder.path))
  }

  @Test func `a training step is of the recipe's batch or another, the same bytes each time`() throws {
    let folder = try TemporaryFolder()
    func emitted(_ name: String, _ options: String) throws -> String {
      let result = try cnnc(
        "emit lenet5 --target swift --output \(folder.path)/\(name) --training --weights-in file \(options)")
      #expect(result.status == 0, "\(result.errors)")
      return String(decoding: try FileSystem.read("\(folder.path)/\(name)/LeNet5.swift"), as: UTF8.self)
    }
    let first = try emitted("a", "")
    let isSame = try emitted("b", "") == first
    #expect(isSame)
    func batches(_ source: String) -> [String] {
      source.matches(of: /public static let batch = ([0-9]+)/).map { String($0.1) }
    }
    #expect(batches(first) == ["1", "64"])
    #expect(batches(try emitted("c", "--batch 2 --training-batch 8")) == ["2", "8"])
  }

  @Test func `the processor and --exact decide about algorithms, the machine does not`() throws {
    let folder = try TemporaryFolder()
    func winograds(_ options: String, isa: String? = nil) throws -> Int {
      let arguments = "emit vgg-cifar --target swift --output \(folder.path)/out \(options)"
      let result = try Command.run(
        arguments.split(separator: " ").map(String.init), environment: isa.map { ["CNNC_ISA": $0] } ?? [:])
      #expect(result.status == 0, "\(result.errors)")
      let source = String(decoding: try FileSystem.read("\(folder.path)/out/VGGCifar.swift"), as: UTF8.self)
      return source.matches(of: /"winograd_output"/).count
    }
    let generic = try winograds("")
    #expect(generic > 0)
    #expect(try winograds("--cpu avx2") == generic)
    #expect(try winograds("--exact") == 0)
    #expect(try winograds("", isa: "nothing") == generic)
    for cpu in ["avx512", "neon"] { _ = try winograds("--cpu \(cpu)") }
  }

  @Test func `the JSON lists the files`() throws {
    let folder = try TemporaryFolder()
    let result = try cnnc(
      "emit lenet5 --target swift --output \(folder.path) --weights-in file --type-name Net --json")
    let files = try result.object()["files"] as? [String]
    #expect(files == ["Net.swift", "Net.weights"].map { "\(folder.path)/\($0)" })
    #expect(folder.names == ["Net.swift", "Net.weights"])
  }

  @Test func `Swift and C with their weights in files have room in one folder`() throws {
    let folder = try TemporaryFolder()
    for target in ["swift", "c"] {
      let result = try cnnc(
        "emit lenet5 --target \(target) --output \(folder.path) --weights-in file --type-name net")
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(folder.names == ["net.c", "net.h", "net.swift", "net.weights", "net_weights.bin"])
  }

  @Test func `a batch that takes much memory is a note, one that takes more than there can be an error`()
    throws
  {
    let folder = try TemporaryFolder()
    let emit = "emit lenet5 --target c --output \(folder.path)/out --batch"
    let large = try cnnc("\(emit) 10000000")
    #expect(large.status == 0)
    #expect(large.errors.hasPrefix("note[memory-limit]: a run of 10000000 images takes "), "\(large.errors)")
    #expect(try FileSystem.names(in: folder.path + "/out") == ["lenet5.c", "lenet5.h"])
    let tooLarge = try cnnc("\(emit) 1000000000000")
    let planned = try cnnc("plan lenet5 --batch 1000000000000")
    #expect(tooLarge.status == 1 && planned.status == 1)
    #expect(
      tooLarge.errors == planned.errors && tooLarge.errors.contains("[memory-limit]"), "\(tooLarge.errors)")
  }

  @Test func `what is wrong is told, and no file is written`() throws {
    let folder = try TemporaryFolder()
    let taken = try folder.write("taken", "mine")
    try folder.write("größe.yaml", "input: 1x4x4\nnetwork: fc(2)\n")
    let untrainable = try folder.write("relu.yaml", "input: 1x4x4\nnetwork: relu\n")
    let frozen = try folder.write("frozen.yaml", "input: 1x4x4\nnetwork: fc(2)\ntrain: {freeze: fc7}\n")
    let cases: [(arguments: String, status: Int32, says: String)] = [
      ("lenet5 --target swift --output \(taken)", 1, "expected a directory, found a file"),
      ("\(folder.path)/größe.yaml --target swift --output \(folder.path)/out", 1, "is no name in Swift"),
      ("lenet5 --target swift --output \(folder.path)/out --type-name Float", 1, "means something else"),
      ("vgg-cifar --target swift --output \(folder.path)/out --weights-in source", 1, "there are no weights"),
      (
        "vgg-cifar --target swift --output \(folder.path)/out --weights "
          + Repository.path("specs/lenet5.safetensors"), 1, "do not match the network"
      ),
      ("lenet5 --target swift --output \(folder.path)/out --line-buffered", 64, "--target c only: Swift"),
      (
        "lenet5 --target c --output \(folder.path)/out --training", 64,
        "--training is there for --target swift only"
      ),
      ("lenet5 --target swift --output \(folder.path)/out --training --training-batch 0", 64, "at least 1"),
      ("lenet5 --target swift --output \(folder.path)/out --training-batch 8", 64, "an option of --training"),
      ("\(untrainable) --target swift --output \(folder.path)/out --training", 1, "has no tensor to train"),
      ("\(frozen) --target swift --output \(folder.path)/out --training", 1, "names `fc7`"),
      ("lenet5 --target cobol --output \(folder.path)/out", 64, "cobol"),
      ("lenet5 --target swift --output \(folder.path)/out --batch 0", 64, "at least one image"),
    ]
    for (arguments, status, says) in cases {
      let result = try cnnc("emit \(arguments)")
      #expect(result.status == status, "\(arguments)")
      #expect(result.errors.contains(says), "\(arguments): \(result.errors)")
      #expect(folder.names == ["frozen.yaml", "größe.yaml", "relu.yaml", "taken"], "\(arguments)")
    }
  }
}
