/// What the engine may do with a graph for inference.
package struct EngineOptions: Hashable, Sendable {
  /// Only algorithms that multiply what the definition multiplies: no Winograd.
  package var isExact: Bool
  /// What weights, constants and arena may take together; nil for as much as it takes to be fast.
  package var memoryBytes: Int?
  /// Winograd only where its weights take at most so many bytes a layer.
  package var winogradBytes = Int.max
  /// Kernels with an order of their own for the weights only where these take at most so many bytes a layer.
  package var packedBytes = Int.max
  /// What was measured on this machine, which decides in place of a model; nil to ask the model only.
  package var timings: ConvolutionTimings?

  package init(isExact: Bool = false, memoryBytes: Int? = nil) {
    self.isExact = isExact
    self.memoryBytes = memoryBytes
  }
}
