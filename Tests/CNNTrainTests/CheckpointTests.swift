import CNN
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNTrain

struct CheckpointTests {
  static func identity(_ change: (inout TrainingRecipe) -> Void = { _ in }) throws -> RunIdentity {
    let model = try Model(text: "input: 1x4x4\nnetwork: fc(2)")
    var recipe = TrainingRecipe()
    change(&recipe)
    return RunIdentity(
      try model.graph(), preprocessing: model.network.spec.preprocessing, recipe: recipe, parts: "whole",
      data: "4 images", instructionSet: "avx2")
  }

  static func checkpoint() throws -> Checkpoint {
    var state = RunState()
    (state.epoch, state.step, state.loss) = (2, 17, 0.1)
    return Checkpoint(
      tensors: [
        NamedTensor("fc1.weight", [2], [1, -0]), NamedTensor("velocity.fc1.weight", [2], [0.5, 3]),
      ],
      state: state, identity: try identity())
  }

  @Test func `what was written is read, bit for bit`() throws {
    let folder = try TemporaryFolder()
    let (path, checkpoint) = ("\(folder.path)/c.safetensors", try Self.checkpoint())
    try checkpoint.write(to: path)
    let found = try Checkpoint(contentsOf: path)
    #expect(found.tensors == checkpoint.tensors && found.state == checkpoint.state)
    #expect(Set(found.identity.settings) == Set(checkpoint.identity.settings))
    try found.check(against: Self.identity(), recipe: TrainingRecipe(), tensors: [], path: path)
  }

  @Test func `weights without a state are no checkpoint`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/w.safetensors"
    try SafetensorsWriter.write([NamedTensor("a", [1], [1])], to: path)
    let error = #expect(throws: Diagnostics.self) { try Checkpoint(contentsOf: path) }
    #expect(error?.all.map(\.code) == [.weightsFile])
  }

  @Test func `another seed, batch or network is told; more epochs only matter to a cosine`() throws {
    let checkpoint = try Self.checkpoint()
    func differences(_ change: (inout TrainingRecipe) -> Void) throws -> [String]? {
      var recipe = TrainingRecipe()
      change(&recipe)
      do {
        try checkpoint.check(
          against: Self.identity(change), recipe: recipe, tensors: [], path: "c.safetensors")
        return nil
      } catch let error as Diagnostics {
        #expect(error.all.map(\.code) == [.checkpointMismatch])
        return error.all[0].help.dropLast()
      }
    }
    #expect(try differences { $0.seed = 2 } == ["seed was 1, now 2"])
    #expect(
      try differences { ($0.seed, $0.batch) = (2, 32) } == ["batch was 64, now 32", "seed was 1, now 2"])
    #expect(try differences { $0.epochs = 20 } == nil)
    #expect(try differences { ($0.epochs, $0.schedule) = (20, .cosine) }?.count == 2)
  }
}
