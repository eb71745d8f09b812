/// What `cnnc explain` says of findings about training.
extension Explanation {
  static let checkpointMismatch = Explanation(
    """
    `--resume` goes on exactly as if the run had never stopped, so it needs the
    network, the data and the recipe that the run began with. The finding lists
    all that is different now.
    """,
    remedy: """
      Resume with the spec and the options of the first call. More epochs may be
      asked for where the learning rate does not depend on their number
      (`constant`, `step`). To train on with something else, start a new run from
      the weights:

          cnnc train SPEC --data DIR --init runs/NAME/last.safetensors \\
            --output runs/NAME-2
      """)

  static let trainingDiverged = Explanation(
    """
    The loss of a training step is not a number or infinite. Nothing was changed
    by that step, and the last checkpoint is as it was. The finding names the
    first layer whose output is not finite, or the tensor that an update before
    has made so: most often the learning rate is too large.
    """,
    remedy: """
      Take a smaller `--learning-rate`, let it rise from nothing, or bound the
      gradient:

          train:
            schedule: {cosine: {warmup: 1}}
            clip: 1
      """)
}
