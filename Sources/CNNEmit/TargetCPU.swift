import CNNPasses

/// The kind of processor that algorithms are chosen for. The machine that emits is never measured: the same network
/// is emitted alike everywhere.
package enum TargetCPU: String, CaseIterable, Sendable {
  case generic, avx2, avx512, neon

  /// The cost model by which convolutions' algorithms are chosen.
  ///
  /// Its rates were measured with AVX2, which `generic` takes too. For the others, what computes is scaled by the width
  /// of their registers, what moves memory is not; that is an assumption, no measurement.
  package var costs: ConvolutionCosts {
    switch self {
    case .generic, .avx2: ConvolutionCosts()
    case .avx512: ConvolutionCosts().scaled(by: 2)
    case .neon: ConvolutionCosts().scaled(by: 0.5)
    }
  }
}

extension ConvolutionCosts {
  /// The costs of a processor that computes `factor` times as fast, with the same memory.
  fileprivate func scaled(by factor: Double) -> Self {
    var costs = self
    costs.planarRate *= factor
    costs.rowsRate *= factor
    costs.blocksRate *= factor
    costs.imageRate *= factor
    costs.winogradRate *= factor
    costs.pooledRate *= factor
    costs.smallTileTransforms.input /= factor
    costs.smallTileTransforms.output /= factor
    costs.largeTileTransforms.input /= factor
    costs.largeTileTransforms.output /= factor
    return costs
  }
}
