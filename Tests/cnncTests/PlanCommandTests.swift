import Foundation
import Testing

struct PlanCommandTests {
  private struct Plan {
    var kernels: [String]
    var bytes: Int

    init(_ command: String) throws {
      let document = try cnnc("plan \(command) --json").object()
      let steps = try #require(document["steps"] as? [[String: Any]])
      kernels = steps.compactMap { $0["kernel"] as? String }
      bytes = ["parameter_bytes", "constant_bytes", "arena_bytes"].reduce(0) {
        $0 + (document[$1] as? Int ?? 0)
      }
    }

    var winogradCount: Int { kernels.count { $0.contains("winograd") } }
  }

  @Test func `a batch decides about algorithms, and --exact forbids Winograd's`() throws {
    let plan = try Plan("vgg-cifar")
    #expect(plan.winogradCount >= 4)
    #expect(plan.kernels[0] == "conv2d_planar")
    let exact = try Plan("vgg-cifar --exact")
    #expect(exact.winogradCount == 0)
    #expect(exact.kernels.contains("conv2d_blocks"))
  }

  @Test func `where memory is short, fewer layers are Winograd's`() throws {
    let most = try Plan("vgg-cifar")
    let exact = try Plan("vgg-cifar --exact")
    for limit in [most.bytes, (most.bytes + exact.bytes) / 2, exact.bytes] {
      let plan = try Plan("vgg-cifar --memory \(limit)")
      #expect(plan.bytes <= limit)
      #expect(plan.winogradCount <= most.winogradCount)
    }
    #expect(try Plan("vgg-cifar --memory \(most.bytes)").winogradCount == most.winogradCount)
  }

  @Test func `the least memory is what a plan without packed weights takes, and a byte less is refused`()
    throws
  {
    let refused = try cnnc("plan vgg-cifar --memory 1000")
    let match = refused.errors.firstMatch(of: /a batch of 1 takes ([0-9]+) bytes at least/)
    let bytes = try #require(match.flatMap { Int($0.1) }, "\(refused.errors)")
    let least = try Plan("vgg-cifar --memory \(bytes)")
    let exact = try Plan("vgg-cifar --exact")
    #expect(least.bytes == bytes && least.bytes < exact.bytes)
    #expect(!least.kernels.contains("conv2d_blocks") && least.kernels.contains("conv2d"))
    let result = try cnnc("plan vgg-cifar --memory \(bytes - 1)")
    #expect(result.status == 1)
    #expect(result.errors.contains("error[memory-limit]: a batch of 1 takes \(bytes) bytes at least"))
  }

  @Test func `each step says its algorithm, scratch memory and time, in eighty columns`() throws {
    let text = try cnnc("plan vgg-cifar").output
    #expect(text.contains("winograd 4x4") || text.contains("winograd 2x2"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    let document = try cnnc("plan vgg-cifar --json").object()
    let steps = try #require(document["steps"] as? [[String: Any]])
    #expect(steps.allSatisfy { ($0["predicted_us"] as? Double ?? 0) > 0 })
  }
}
