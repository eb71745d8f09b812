/// The key `train` of a spec: how the network is trained, with what is left out filled in.
package struct TrainingRecipe: Hashable, Sendable {
  package enum Loss: String, CaseIterable, Sendable {
    case crossEntropy = "cross_entropy"
    case meanSquaredError = "mse"
  }

  package enum Optimizer: Hashable, Sendable {
    case sgd(learningRate: Double, momentum: Double, nesterov: Bool, weightDecay: Double)
    /// Decoupled weight decay is AdamW's.
    case adam(
      learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double,
      isDecoupled: Bool)
  }

  package enum Schedule: Hashable, Sendable {
    case constant
    /// The rate times `factor` after every `every` epochs.
    case step(every: Int, factor: Double)
    case cosine
    /// Up to `peak` over the share `warmup` of all steps, then down.
    case oneCycle(peak: Double, warmup: Double)
  }

  package enum Augmentation: Hashable, Sendable {
    /// Random crop after this padding, in pixels.
    case crop(Int)
    case flipHorizontally
    case flipVertically
    /// Up to so many degrees to either side.
    case rotate(Double)
    /// Up to so many pixels to any side.
    case shift(Int)
    /// A square of this side set to the mean.
    case cutout(Int)
  }

  package struct LayerRate: Hashable, Sendable {
    package var layer: Word
    package var factor: Double
  }

  /// How weights are drawn where there are none: from a normal distribution around zero.
  package enum Initializer: String, CaseIterable, Sendable {
    /// Variance 2/fan_in, for ReLU. He et al., Delving deep into rectifiers, arXiv:1502.01852.
    case he
    /// Variance 2/(fan_in + fan_out), for tanh. Glorot, Bengio, Understanding the difficulty of training deep
    /// feedforward neural networks, 2010.
    case glorot
    /// Variance 1/fan_in. LeCun et al., Efficient backprop, 1998.
    case lecun
  }

  package var loss = Loss.crossEntropy
  package var labelSmoothing = 0.0
  package var epochs = 10
  package var batch = 64
  package var optimizer = Optimizer.sgd(
    learningRate: 0.05, momentum: 0.9, nesterov: false, weightDecay: 5e-4)
  package var schedule = Schedule.constant
  /// Epochs over which the rate rises linearly from nothing.
  package var warmup = 0.0
  /// The largest norm of the gradient; nil for none.
  package var clip: Double?
  package var augmentations: [Augmentation] = []
  package var initializer = Initializer.he
  /// Labels, or prefixes of them, whose parameters stay.
  package var freeze: [Word] = []
  /// Factors on the learning rate by labels, or prefixes of them; the longest that fits counts.
  package var layerRates: [LayerRate] = []
  /// The share of the training images held out.
  package var validation = 0.0
  package var seed = 1

  package init() {}

  /// The factor on the learning rate of a tensor, `LAYER.weight`.
  package func rateFactor(of tensor: String) -> Double {
    let layer = tensor.lastIndex(of: ".").map { tensor[..<$0] } ?? tensor[...]
    let fitting = layerRates.filter { $0.layer.covers(layer: layer) }
    return fitting.max { $0.layer.text.utf8.count < $1.layer.text.utf8.count }?.factor ?? 1
  }
}

extension Word {
  /// Whether this is a layer's name, or that of what it lies in: `stage1` is all of `stage1.0.conv1`, ..., and
  /// `conv1` is not `conv10`.
  package func covers(layer: some StringProtocol) -> Bool { layer == text || layer.hasPrefix(text + ".") }
}
