import CNNSpec

/// What a run is told besides the network: the recipe, with what the user changed of it, and where things are.
package struct TrainingSettings: Sendable {
  package var recipe: TrainingRecipe
  /// The folder with the data.
  package var data: String
  /// The folder that the run writes to.
  package var output: String
  package var initial = InitialWeights.drawn
  /// Goes on from the folder's checkpoint.
  package var resumes = false
  /// Bytes that a step may take; nil for as many as it wants.
  package var memory: Int?
  package var threads = 1
  /// Between checkpoints within an epoch.
  package var checkpointInterval = Duration.seconds(300)

  package init(recipe: TrainingRecipe, data: String, output: String) {
    self.recipe = recipe
    self.data = data
    self.output = output
  }
}

/// How far an epoch has come.
package struct TrainingProgress: Sendable {
  /// From 1.
  package var epoch: Int
  package var epochs: Int
  /// Steps of the epoch that are done, and all of them.
  package var step: Int
  package var steps: Int
  /// The mean over the epoch's images so far.
  package var loss: Double
  package var accuracy: Double
  package var imagesPerSecond: Double
  /// Until the last epoch ends, at this speed.
  package var secondsLeft: Double
}

/// What a run tells while it goes on.
package enum TrainingEvent: Sendable {
  /// Something worth knowing that is no error.
  case note(Diagnostic)
  case step(TrainingProgress)
  /// An epoch has ended: a line a split, and whether it is the best so far.
  case epoch([EpochMetrics], epochs: Int, isBest: Bool, seconds: Double)
}

/// How a run ended.
package enum TrainingOutcome: Hashable, Sendable {
  case finished
  /// It was asked to stop, and can be resumed.
  case stopped
}
