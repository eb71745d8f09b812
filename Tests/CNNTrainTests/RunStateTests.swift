import CNNSpec
import Testing

@testable import CNNTrain

struct RunStateTests {
  static func line(
    _ epoch: Int, _ split: EpochMetrics.Split, loss: Double, accuracy: Double
  ) -> EpochMetrics {
    EpochMetrics(
      epoch: epoch, step: epoch * 10, split: split, loss: loss, accuracy: accuracy, learningRate: 0.1,
      imagesPerSecond: 1000, weights: "0")
  }

  @Test func `its texts bring back every bit`() throws {
    var state = RunState()
    (state.epoch, state.step, state.images, state.correct) = (3, 412, 96, 71)
    (state.loss, state.metricsBytes) = (0.1 + 0.2, 733)
    #expect(RunState(texts: Dictionary(uniqueKeysWithValues: state.texts)) == state)
    state.best = RunState.Best(epoch: 2, accuracy: 1 / 3, loss: .leastNonzeroMagnitude)
    #expect(RunState(texts: Dictionary(uniqueKeysWithValues: state.texts)) == state)
  }

  @Test func `a text that is missing or no number is no state`() {
    let texts = Dictionary(uniqueKeysWithValues: RunState().texts)
    for key in texts.keys {
      var broken = texts
      broken[key] = nil
      #expect(RunState(texts: broken) == nil, "without \(key)")
      broken[key] = "-x"
      #expect(RunState(texts: broken) == nil, "\(key): -x")
    }
  }

  @Test func `the best epoch is the validation's, by accuracy and then loss`() {
    var state = RunState()
    let found = [(0.5, 0.8), (0.1, 0.7), (0.9, 0.9), (0.8, 0.9), (0.8, 0.9)].enumerated().map {
      state.isBest([
        Self.line($0 + 1, .train, loss: 0, accuracy: 1),
        Self.line($0 + 1, .validation, loss: $1.0, accuracy: $1.1),
      ])
    }
    #expect(found == [true, false, true, true, false])
    #expect(state.best == RunState.Best(epoch: 4, accuracy: 0.9, loss: 0.8))
  }

  @Test func `without validation the lowest training loss is best`() {
    var state = RunState()
    let found = [(0.5, 0.8), (0.6, 0.9), (0.4, 0.7)].enumerated().map {
      state.isBest([Self.line($0 + 1, .train, loss: $1.0, accuracy: $1.1)])
    }
    #expect(found == [true, false, true])
    #expect(state.best?.epoch == 3)
  }
}
