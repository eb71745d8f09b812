import CNN
import CNNGraph
import CNNPasses
import CNNSpec
import Testing

@testable import CNNTrain

/// Steps that are computed in one way or another, run.
struct TrainingStepRunnerTests {
  /// How far numbers are apart, relative to the largest of them.
  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    let largest = max(b.map(abs).max() ?? 0, 1e-30)
    return zip(a, b).map { abs($0 - $1) / largest }.max() ?? 0
  }

  @Test(arguments: 1...40) func `recomputing changes no bit`(seed: UInt64) throws {
    let spec = RandomSpec(seed: seed, hasBatchNorm: seed % 2 == 0)
    let fixture = try StepFixture(spec.text)
    let all = fixture.recomputable
    let batches = [3, 3, 2]
    let kept = try fixture.run(try fixture.plans(3), batches: batches)
    #expect(!all.isEmpty && kept.losses.joined().allSatisfy { $0.isFinite }, "\(spec.text)")
    // All of it, and every other value.
    let half = Set(all.sorted().enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
    for dropped in [all, half] {
      let again = try fixture.run(try fixture.plans(3, dropping: dropped), batches: batches)
      #expect(again == kept, "\(spec.text)")
    }
  }

  @Test(arguments: ["lenet1", "resnet20-cifar", "vgg-cifar"])
  func `recomputing changes no bit of the zoo`(name: String) throws {
    let fixture = try StepFixture(try Planned.model(name))
    let kept = try fixture.run(try fixture.plans(2), batches: [2, 2])
    let plans = try fixture.plans(2, dropping: fixture.recomputable)
    #expect(!plans.recomputed.isEmpty)
    #expect(try fixture.run(plans, batches: [2, 2]) == kept)
  }

  @Test(arguments: 1...30) func `parts are the whole batch`(seed: UInt64) throws {
    let spec = RandomSpec(seed: seed, hasBatchNorm: false)
    let fixture = try StepFixture(spec.text)
    let batches = [7, 7, 4]
    let whole = try fixture.run(try fixture.plans(7), batches: batches)
    for size in [1, 3, 4] {
      for dropped in [[], fixture.recomputable] {
        let parts = try fixture.run(
          try fixture.plans(7, dropping: dropped, partSize: size), batches: batches)
        for (a, b) in zip(parts.losses + parts.scores, whole.losses + whole.scores) {
          #expect(distance(a, b) < 1e-4, "\(spec.text)")
        }
        // Adam divides a gradient by its own size, so that rounding errors of a gradient near zero grow.
        let tolerance: Float = spec.text.contains("adam") ? 1e-2 : 1e-4
        for (name, values) in whole.tensors {
          #expect(
            distance(parts.tensors[name] ?? [], values) < tolerance, "\(name), parts of \(size), \(spec.text)"
          )
        }
      }
    }
  }

  @Test func `one step in parts gives the whole batch's gradients to rounding`() throws {
    let text = """
      input: 2x8x8
      network: conv(4, 3x3, pad=1) - relu - dropout(0.3) - conv(4, 3x3) - tanh - fc(5)
      train: {optimizer: {sgd: {}}}
      """
    let fixture = try StepFixture(text)
    let whole = try fixture.run(try fixture.plans(7), batches: [7])
    let parts = try fixture.run(try fixture.plans(7, partSize: 3), batches: [7])
    for (name, values) in whole.tensors {
      #expect(distance(parts.tensors[name] ?? [], values) < 1e-5, "\(name)")
    }
    // Each image has the dropout mask of its place in the whole batch.
    #expect(distance(parts.losses[0], whole.losses[0]) < 1e-6)
  }
}
