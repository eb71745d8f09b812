import CNN
import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec
import Testing

@testable import CNNTrain

/// The package's specs, planned.
enum Planned {
  private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
    .joined(separator: "/")

  static func model(_ name: String) throws -> Model { try Model(contentsOf: "\(root)/specs/\(name).yaml") }

  static func planner(_ name: String) throws -> TrainingPlanner {
    try StepFixture(try model(name)).planner
  }
}

struct TrainingPlannerTests {
  static let names = ["lenet5", "resnet20-cifar", "vgg-cifar", "squeezenet", "unet"]

  @Test(arguments: names) func `a step takes its arena and its tensors`(name: String) throws {
    var planner = try Planned.planner(name)
    let plans = try planner.plan(batch: 4, memory: nil)
    #expect(plans.step.parts.count == 1 && plans.recomputed.isEmpty && plans.notes.isEmpty)
    #expect(plans.accumulators.isEmpty)
    let tensors = plans.tensors.map { ($0.dimensions.reduce(1, *) * 4 + 63) / 64 * 64 }
    #expect(plans.totalBytes == plans.arenaBytes + tensors.reduce(0, +))
    #expect(Set(plans.tensors.map(\.name)).isSuperset(of: plans.step.first.parameters.map(\.name)))
  }

  @Test(arguments: names) func `less and less memory is kept to, by recomputing, then in parts`(
    name: String
  ) throws {
    var planner = try Planned.planner(name)
    // Of LeNet-5's step, parameters are the most where the batch is small.
    let batch = name == "lenet5" ? 64 : 16
    let all = try planner.plan(batch: batch, memory: nil).totalBytes
    #expect(try planner.plan(batch: batch, memory: all).recomputed.isEmpty)
    var (recomputed, parts) = (false, 1)
    for share in stride(from: 0.95, to: 0.05, by: -0.1) {
      let memory = Int(Double(all) * share)
      do throws(Diagnostics) {
        let plans = try planner.plan(batch: batch, memory: memory)
        #expect(plans.totalBytes <= memory)
        #expect(plans.step.parts.count >= parts, "less memory needs no fewer parts")
        #expect(plans.step.parts.count > 1 || !plans.recomputed.isEmpty)
        if plans.step.parts.count == 1 { recomputed = true }
        parts = plans.step.parts.count
      } catch {
        #expect(error.all.map(\.code) == [.memoryLimit])
      }
    }
    // What convolutions return is kept; what batch norms and concatenations do is cheap.
    #expect(parts > 1 && (recomputed || !["resnet20-cifar", "squeezenet"].contains(name)))
  }

  @Test(arguments: names) func `the largest batch fits, and one more does not`(name: String) throws {
    var planner = try Planned.planner(name)
    let memory = try planner.plan(batch: 5, memory: nil).totalBytes
    let largest = try #require(try planner.largestBatch(memory: memory))
    #expect(largest >= 5)
    let plans = try planner.plan(batch: largest, memory: memory)
    #expect(plans.step.parts.count == 1 && plans.totalBytes <= memory)
    let more = try? planner.plan(batch: largest + 1, memory: memory)
    #expect(more?.step.parts.count != 1)
  }

  @Test func `what cannot fit is said with the layers that need the most and what would fit`() throws {
    var planner = try Planned.planner("lenet5")
    let finding = try #require(throws: Diagnostics.self) { try planner.plan(batch: 64, memory: 100_000) }
    #expect(finding.all.map(\.code) == [.memoryLimit])
    let error = try #require(finding.all.first)
    #expect(error.message.contains("100000 are allowed"))
    #expect(error.help.first?.contains("the most is needed by fc1 (") == true, "\(error)")
    // The least that it names fits, one byte less does not.
    let words = error.message.split(separator: " ").compactMap { Int($0) }
    let least = words[1]
    #expect(try planner.plan(batch: 64, memory: least).totalBytes == least)
    #expect(throws: Diagnostics.self) { try planner.plan(batch: 64, memory: least - 1) }
  }

  @Test func `where smaller batches fit, the largest is named`() throws {
    // Two tenths of what the batch takes hold no sums of gradients beside the weights, but fewer images.
    let text = """
      input: 1x8x8
      network: fc(2000) - relu - fc(2000) - relu - fc(10)
      train: {optimizer: {sgd: {}}}
      """
    var planner = try StepFixture(text).planner
    let one = try planner.plan(batch: 1, memory: nil).totalBytes
    let finding = try #require(throws: Diagnostics.self) {
      try planner.plan(batch: 4000, memory: one + 200_000)
    }
    let help = try #require(finding.all.first?.help)
    let largest = try #require(try planner.largestBatch(memory: one + 200_000))
    #expect(help.contains("a batch of \(largest) fits"), "\(help)")
  }

  @Test func `batch norm in parts is worth a note`() throws {
    let note = try StepFixture(try Planned.model("resnet20-cifar")).plans(5, partSize: 2).notes
    #expect(note.map(\.severity) == [.note])
    #expect(note[0].message.contains("in 3 parts") && note[0].message.contains("2 images"))
    #expect(try StepFixture(try Planned.model("lenet5")).plans(5, partSize: 2).notes.isEmpty)
  }

  @Test func `a network of several outputs is no network to train`() throws {
    let model = try Model(
      text: "input: 1x8x8\nnetwork: conv:a(4, 3) - fc:b(3)\noutputs: [a, b]\n")
    let finding = try #require(throws: Diagnostics.self) {
      try TrainingPlanner.plan(
        try model.graph(), recipe: .init(), batch: 1, memory: nil, isTrained: { _ in true })
    }
    #expect(finding.all.map(\.code) == [.invalidValue])
  }

  @Test func `parts are as equal as can be, and all of the batch`() {
    for batch in 1...40 {
      for limit in 1...45 {
        let parts = BatchParts(batch, limit: limit)
        let ranges = (0..<parts.count).map(parts.images)
        #expect(ranges.flatMap { Array($0) } == Array(0..<batch))
        let sizes = ranges.map(\.count)
        #expect(parts.largest == sizes.max() && parts.largest <= limit)
        #expect(parts.largest - (sizes.min() ?? 0) <= 1)
        #expect(Set(sizes.dropFirst()) == parts.otherSizes)
        #expect(parts.count == (batch + limit - 1) / limit)
      }
    }
  }
}
