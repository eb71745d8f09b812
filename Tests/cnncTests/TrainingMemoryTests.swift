import Foundation
import Testing

/// `check` and `plan` with `--training`.
struct TrainingMemoryTests {
  static let keys: Set = [
    "batch", "arena_bytes", "parameter_bytes", "state_bytes", "total_bytes", "recomputed", "micro_batches",
    "largest_batch", "memory_bytes",
  ]

  private func training(_ arguments: String) throws -> [String: Any] {
    let result = try cnnc(arguments)
    #expect(result.status == 0, "\(result.errors)")
    return try #require(try result.object()["training"] as? [String: Any])
  }

  @Test func `a step's bytes are the sum of its parts`() throws {
    let step = try training("check lenet5 --training --json")
    #expect(Set(step.keys) == Self.keys)
    let bytes = try ["arena_bytes", "parameter_bytes", "state_bytes"].map { try #require(step[$0] as? Int) }
    #expect(step["total_bytes"] as? Int == bytes.reduce(0, +))
    // The recipe's default batch; momentum, whose state is as large as the weights, and the rate's 64 bytes.
    #expect(step["batch"] as? Int == 64 && bytes[2] == bytes[1] + 64)
    #expect(step["micro_batches"] as? Int == 1 && (step["recomputed"] as? [String])?.isEmpty == true)
    #expect(step["largest_batch"] is NSNull && step["memory_bytes"] is NSNull)
    #expect(try training("check lenet5 --training --json --batch 3")["batch"] as? Int == 3)
    #expect(try cnnc("check lenet5 --json").object()["training"] == nil)
  }

  @Test(arguments: [("1500000", 1_500_000), ("1500kB", 1_500_000), ("1MiB", 1_048_576)])
  func `memory is kept to`(text: String, bytes: Int) throws {
    for command in ["check", "plan"] {
      let step = try training("\(command) lenet5 --training --json --memory \(text)")
      #expect(step["memory_bytes"] as? Int == bytes)
      let total = try #require(step["total_bytes"] as? Int)
      #expect(total <= bytes)
      let recomputed = try #require(step["recomputed"] as? [String])
      let parts = try #require(step["micro_batches"] as? Int)
      #expect(!recomputed.isEmpty || parts > 1)
    }
    let step = try training("check lenet5 --training --json --memory \(text)")
    let largest = try #require(step["largest_batch"] as? Int)
    #expect(
      try training("check lenet5 --training --json --memory \(text) --batch \(largest)")["micro_batches"]
        as? Int == 1)
  }

  @Test func `what cannot fit is an error at the spec, in words and in the document`() throws {
    let result = try cnnc("check lenet5 --training --json --memory 400KB")
    #expect(result.status == 1 && result.errors.contains("error[memory-limit]"))
    #expect(try result.object()["training"] is NSNull)
    let plan = try cnnc("plan lenet5 --training --memory 400KB")
    #expect(plan.status == 1 && plan.errors.contains("lenet5.yaml: error[memory-limit]"), "\(plan.errors)")
  }

  @Test(arguments: [
    "5XB", "-1", "0", "1e6", "", ".5MB", "5.MB", "1.2.3MB", "9999999TiB", "9223372036854775808", "5 MB", "MB",
  ])
  func `what is no amount of memory is wrong usage`(text: String) throws {
    for command in ["check", "plan"] {
      let result = try Command.run([command, "lenet5", "--training", "--memory=\(text)"])
      #expect(result.status == 64 && result.errors.contains("--memory"), "\(text): \(result.errors)")
    }
  }

  @Test(arguments: [
    ("1B", 1), ("1500000", 1_500_000), ("512MB", 512_000_000), ("512mib", 536_870_912), ("2GiB", 1 << 31),
    ("1.5GB", 1_500_000_000), ("0.5KiB", 512), ("3TB", 3_000_000_000_000), ("1TiB", 1 << 40),
    ("9223372036854775807", Int.max), ("8388607TiB", 8_388_607 << 40),
  ])
  func `amounts of memory`(text: String, bytes: Int) throws {
    // With one image at most, so that what fits is not searched for in vain.
    let result = try cnnc("plan lenet5 --training --json --batch 1 --memory \(text)")
    if bytes < 700_000 {
      #expect(result.errors.contains(" \(bytes) are allowed"))
    } else {
      let step = try #require(try result.object()["training"] as? [String: Any])
      #expect(step["memory_bytes"] as? Int == bytes)
    }
  }

  @Test func `memory without training is wrong usage`() throws {
    let result = try cnnc("check lenet5 --memory 5MB")
    #expect(result.status == 64 && result.errors.contains("--training"))
  }

  @Test func `the plan of a step has the keys of inference, and its activations live on`() throws {
    let document = try cnnc("plan lenet5 --training --json").object()
    let inference = try cnnc("plan lenet5 --json").object()
    #expect(Set(document.keys) == Set(inference.keys).union(["training", "others"]))
    #expect(document["batch"] as? Int == 64 && (document["others"] as? [Any])?.isEmpty == true)
    let buffers = try #require(document["buffers"] as? [[String: Any]])
    let first = try #require(buffers.first { $0["name"] as? String == "maxpool1" })
    let gradient = try #require(buffers.first { $0["name"] as? String == "d.maxpool1" })
    let (lastUse, backward) = (first["last_step"] as? Int, gradient["first_step"] as? Int)
    let lives = try #require(lastUse) - (try #require(backward))
    #expect(lives >= 0)
    let parts = try cnnc("plan lenet5 --training --json --memory 1MB").object()
    #expect((parts["others"] as? [Any])?.count ?? 0 >= 2)
    let text = try cnnc("plan lenet5 --training --memory 1MB").output
    for words in ["the first part", "further parts of", "the update behind", "sums of gradients", "total"] {
      #expect(text.contains(words), "\(words)")
    }
  }
}
