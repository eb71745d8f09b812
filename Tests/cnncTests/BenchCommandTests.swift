import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// What `cnnc bench` prints. How fast anything is, is no matter of tests.
struct BenchCommandTests {
  /// A measurement goes on for ten seconds where others use the machine, and a profile for as many again.
  private func bench(_ line: String) throws -> CommandResult {
    try Command.run(["bench"] + line.split(separator: " ").map(String.init), limit: 300)
  }

  static let keys: Set<String> = [
    "name", "batch", "threads", "training", "runs", "median_ms", "min_ms", "p99_ms", "images_per_second",
    "gmacs_per_second", "arena_bytes", "peak_rss_bytes", "compile_ms", "isa",
  ]

  /// Whether all of these are numbers above zero.
  private func arePositive(_ keys: [String], in document: [String: Any]) -> Bool {
    keys.allSatisfy { (document[$0] as? Double ?? 0) > 0 }
  }

  @Test func `inference, as JSON`() throws {
    let result = try bench("lenet5 --json --quiet --threads 2 --batch 3")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let document = try result.object()
    #expect(Set(document.keys) == Self.keys)
    #expect(document["name"] as? String == "lenet5" && document["training"] as? Bool == false)
    #expect(document["batch"] as? Int == 3 && document["threads"] as? Int == 2)
    let numbers = Self.keys.subtracting(["name", "isa", "training"])
    #expect(arePositive(Array(numbers), in: document), "\(document)")
    let plan = try cnnc("plan lenet5 --json --batch 3").object()
    #expect(document["arena_bytes"] as? Int == plan["arena_bytes"] as? Int)
    let times = try ["min_ms", "median_ms", "p99_ms"].map { try #require(document[$0] as? Double) }
    #expect(times == times.sorted())
    // 416,520 multiplications an image.
    let images = try #require(document["images_per_second"] as? Double)
    let speed = try #require(document["gmacs_per_second"] as? Double)
    #expect(abs(images - 3000 / times[1]) < 1e-6 * images)
    #expect(abs(speed - images * 416_520e-9) < 1e-6 * speed)
  }

  @Test func `a profile has the plan's steps`() throws {
    let document = try bench("lenet5 --json --quiet --threads 1 --profile").object()
    #expect(Set(document.keys) == Self.keys.union(["layers"]))
    let layers = try #require(document["layers"] as? [[String: Any]])
    let plan = try cnnc("plan lenet5 --json").object()
    let steps = try #require(plan["steps"] as? [[String: Any]])
    for key in ["name", "kernel"] {
      #expect(layers.map { $0[key] as? String } == steps.map { $0[key] as? String })
    }
    #expect(layers.map { $0["layers"] as? [String] } == steps.map { $0["layers"] as? [String] })
    #expect(layers.reduce(0) { $0 + ($1["macs"] as? Int ?? 0) } == 416_520)
    #expect(abs(layers.reduce(0) { $0 + ($1["share"] as? Double ?? 0) } - 1) < 1e-9)
    for layer in layers {
      #expect(arePositive(["median_ms", "bytes", "memory_bound_ms"], in: layer), "\(layer)")
      #expect(["compute", "memory"].contains(layer["bound"] as? String), "\(layer)")
    }
  }

  @Test func `a training step takes the recipe's batch, and its profile fits a terminal`() throws {
    let folder = try TemporaryFolder()
    let text = """
      input: 1x8x8
      network: conv(4, 3x3, pad=1) - bn - relu - maxpool(2) - fc(3)
      train: {batch: 5, optimizer: {adam: {}}}
      """
    let spec = try folder.write("small.yaml", Array(text.utf8))
    let result = try bench("\(spec) --training --json --quiet")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let document = try result.object()
    #expect(Set(document.keys) == Self.keys)
    #expect(document["training"] as? Bool == true && document["batch"] as? Int == 5)
    let table = try bench("\(spec) --training --profile --batch 2 --memory 1MB")
    #expect(table.status == 0, "\(table)")
    #expect(table.errors.contains("note: there are no weights for"))
    #expect(table.output.hasPrefix("small: training step, batch 2, "))
    #expect(table.output.contains("conv2d_w..gradient") && table.output.contains("new.conv1.weight"))
    for line in table.output.split(separator: "\n") {
      #expect(line.count <= 80 && line.last != " ", "\(line)")
    }
  }

  @Test func `inference in words fits a terminal`() throws {
    let result = try bench("lenet5 --profile --threads 1")
    #expect(result.status == 0, "\(result)")
    #expect(result.output.hasPrefix("lenet5: batch 1, 1 thread, "))
    for word in ["median ", "minimum ", "p99 ", "images ", "GMAC/s", "conv1+re", "all steps"] {
      #expect(result.output.contains(word), "\(word) in \(result.output)")
    }
    for line in result.output.split(separator: "\n") {
      #expect(line.count <= 80 && line.last != " ", "\(line)")
    }
  }

  @Test func `the machine's limits, as JSON and in words`() throws {
    let result = try bench("--limits --json --quiet --threads 2")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let document = try result.object()
    let keys = ["isa", "threads", "cache_bytes", "cache_origin", "peaks", "memory", "fork_join_us"]
    #expect(Set(document.keys) == Set(keys) && document["threads"] as? Int == 2)
    let peaks = try #require(document["peaks"] as? [[String: Any]])
    #expect(peaks.contains { $0["isa"] as? String == document["isa"] as? String })
    #expect(peaks.allSatisfy { arePositive(["threads", "gmacs_per_second"], in: $0) })
    #expect(Set(peaks.map { $0["threads"] as? Int }) == [1, 2])
    let memory = try #require(document["memory"] as? [[String: Any]])
    let rates = ["read_gb_per_second", "write_gb_per_second", "copy_gb_per_second", "bytes", "threads"]
    #expect(memory.allSatisfy { arePositive(rates, in: $0) }, "\(memory)")
    #expect(memory.first?["level"] as? String == "L1" && memory.last?["level"] as? String == "DRAM")
    let one = try bench("--limits --threads 1")
    #expect(one.status == 0 && !one.output.contains("fork, join"))
    for line in one.output.split(separator: "\n") { #expect(line.count <= 80 && line.last != " ", "\(line)") }
  }

  @Test func `what is wrong with a spec, weights or memory is told`() throws {
    let folder = try TemporaryFolder()
    let other = try folder.write("other.safetensors", Array("no weights".utf8))
    for (line, says) in [
      ("no-such-spec", "shipped specs"), ("lenet5 --weights \(other)", "other.safetensors"),
      ("lenet5 --training --memory 1KB", "lenet5.yaml: error[memory-limit]"),
      ("lenet5 --where N=2", "error["), ("lenet5 --threads 1000000", "the system refuses 1000000 threads"),
    ] {
      let result = try bench(line)
      #expect(result.status == 1 && result.output.isEmpty, "\(line): \(result)")
      #expect(result.errors.contains(says), "\(line): \(result.errors)")
    }
  }
}
