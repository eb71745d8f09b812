import CNNSpec

/// A layer with all that is known about it.
package struct CheckedLayer: Sendable {
  package var layer: Layer
  /// Nil where an earlier layer is wrong.
  package var inputShapes: [Shape]?
  /// Nil where this layer or an earlier one is wrong.
  package var outputShape: Shape?
  /// What it stands for, in a chain; empty where it is wrong.
  package var operators: [Op] = []
  /// What the first of the chain reads.
  package var inputs: [LayerInput] = []
  /// Tensors in the weights file, under their full names.
  package var parameters: [(name: String, spec: ParameterSpec)] = []
  package var weights = 0
  package var biases = 0
  package var buffers = 0
  package var multiplications = 0
  package var connections = 0
  package var otherOperations = 0
  /// Bytes of the output of one image, float32.
  package var activationBytes = 0
  /// Nil where it is larger than anything sensible.
  package var receptiveField: ReceptiveField?

  package var name: String { layer.name }
  /// What is trained.
  package var parameterCount: Int { weights + biases }
}

/// An expanded network with its shapes and counts, or with as many of them as could be told.
package struct CheckedNetwork: Sendable {
  package struct Totals: Hashable, Sendable {
    package var parameters = 0
    package var buffers = 0
    package var multiplications = 0
    package var connections = 0
    package var otherOperations = 0
    package var activationBytes = 0

    package init() {}
  }

  package var spec: Spec
  package var input: Shape
  package var layers: [CheckedLayer]
  /// What the calls of blocks computed, by the calls' names.
  package var calls: [String: LayerInput]
  package var result: LayerInput
  /// What the network returns: the labels of `outputs`, or the last value.
  package var outputs: [(name: String, value: LayerInput)] = []
  package var totals = Totals()
  /// Whether `floor` or `ceil` had something to round.
  package var hasRounded = false

  /// Whether the first output is distances, of which the smallest is best: an RBF layer's.
  package var endsInDistances: Bool {
    if case .layer(let index) = outputs.first?.value { layers[index].layer.kind == "rbf" } else { false }
  }

  /// The shape of a value, where it is known.
  package func shape(of value: LayerInput) -> Shape? {
    switch value {
    case .network: input
    case .layer(let index): layers[index].outputShape
    case .unknown: nil
    }
  }

  /// Whether every layer and every output has a shape, so that a graph can be built.
  package var isComplete: Bool {
    layers.allSatisfy { $0.outputShape != nil } && outputs.allSatisfy { shape(of: $0.value) != nil }
      && !outputs.isEmpty && shape(of: result) != nil
  }

  /// The value of a layer, or of a block's call.
  package func value(named name: String) -> LayerInput? {
    layers.firstIndex { $0.name == name }.map { .layer($0) } ?? calls[name]
  }

  package func name(of value: LayerInput) -> String {
    switch value {
    case .network: "input"
    case .layer(let index): layers[index].name
    case .unknown: "?"
    }
  }
}
