import CNNGraph
import CNNImages
import CNNPlan
import CNNSpec

/// Runs a network over many images in batches; what is left over at the end gets a plan of its own.
package struct BatchRunner {
  package struct Output: Sendable {
    package var name: String
    /// Channels, height, width.
    package var shape: [Int]
  }

  private let model: Model
  private let network: CompiledNetwork
  private let names: [String]?
  package let outputs: [Output]

  /// - Parameter outputs: layers to return in place of the network's own.
  package init(
    model: Model, weights: WeightsSource, batch: Int, outputs names: [String]? = nil
  ) throws(Diagnostics) {
    self.model = model
    self.names = names
    network = try model.compile(weights: weights, batch: batch, returning: names)
    outputs = network.plan.outputs.map { Output(name: $0.name, shape: $0.type.dimensions) }
  }

  /// - Parameters:
  ///   - provide: one image's input, preprocessed.
  ///   - receive: gets each image's outputs and its share of the run's milliseconds, in order.
  package func run(
    count: Int, provide: (Int) throws(Diagnostics) -> [Float],
    receive: (_ index: Int, _ outputs: [[Float]], _ milliseconds: Double) -> Void
  ) throws(Diagnostics) {
    try run(0..<count, provide: provide, receive: receive)
  }

  /// Runs some of the images.
  package func run(
    _ range: Range<Int>, provide: (Int) throws(Diagnostics) -> [Float],
    receive: (_ index: Int, _ outputs: [[Float]], _ milliseconds: Double) -> Void
  ) throws(Diagnostics) {
    let whole = range.count / network.batch
    if whole > 0 {
      try run(network, range.lowerBound, batches: whole, provide: provide, receive: receive)
    }
    let rest = range.count - whole * network.batch
    if rest > 0 {
      let smaller = try model.recompile(network, batch: rest, returning: names)
      try run(smaller, range.upperBound - rest, batches: 1, provide: provide, receive: receive)
    }
  }

  private func run(
    _ network: CompiledNetwork, _ start: Int, batches: Int, provide: (Int) throws(Diagnostics) -> [Float],
    receive: (_ index: Int, _ outputs: [[Float]], _ milliseconds: Double) -> Void
  ) throws(Diagnostics) {
    var session = try network.makeSession()
    let clock = ContinuousClock()
    for batch in 0..<batches {
      let first = start + batch * network.batch
      var input: [Float] = []
      for index in first..<first + network.batch { input += try provide(index) }
      session.copyInput(input)
      let begin = clock.now
      session.run()
      let elapsed = (clock.now - begin) / .milliseconds(1) / Double(network.batch)
      let results = outputs.indices.map { session.output($0) }
      for image in 0..<network.batch {
        let values = zip(results, outputs).map { result, output in
          let size = output.shape.reduce(1, *)
          return Array(result[image * size..<(image + 1) * size])
        }
        receive(first + image, values, elapsed)
      }
    }
  }
}

extension Model {
  /// What turns an image into the network's input.
  package func preprocessor() throws(Diagnostics) -> Preprocessor {
    try Preprocessor(
      network.spec.preprocessing, channels: network.input.channels, height: network.input.height,
      width: network.input.width, place: .file(network.spec.text.name))
  }

  /// Whether the network returns distances to classes, of which the smallest is best.
  package var endsInDistances: Bool { lastLayer?.layer.kind == "rbf" }

  private var lastLayer: CheckedLayer? {
    if case .layer(let index) = network.outputs.first?.value { network.layers[index] } else { nil }
  }

  /// The layer whose values enter the last softmax, if there is one: the logits.
  package var logits: (name: String, isFound: Bool) {
    guard let last = lastLayer, last.layer.kind == "softmax", case .layer(let before) = last.layer.inputs[0]
    else { return (network.outputs[0].name, false) }
    return (network.layers[before].name, true)
  }

  package var endsInLogSoftmax: Bool { lastLayer?.layer.kind == "log_softmax" }
}
