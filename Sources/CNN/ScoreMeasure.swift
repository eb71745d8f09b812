import CNNSpec

/// Loss and choice of one image, from what the network returns for it.
package struct ScoreMeasure: Sendable {
  private let isDistance: Bool
  private let loss: TrainingRecipe.Loss

  package init(_ model: Model) {
    isDistance = model.endsInDistances
    loss = model.network.spec.training.loss
  }

  package func callAsFunction(
    _ output: [Float], label: Int
  ) -> (loss: Double, chosen: Int, isInFive: Bool) {
    let scores = output.map { isDistance ? -Double($0) : Double($0) }
    let better = scores.indices.count {
      scores[$0] > scores[label] || (scores[$0] == scores[label] && $0 < label)
    }
    return (loss(of: scores, label: label), choice(output[...]), better < 5)
  }

  /// The class with the best score: the largest, or the smallest distance; the first among equals.
  package func choice(_ output: ArraySlice<Float>) -> Int {
    var chosen = output.startIndex
    for index in output.indices
    where isDistance ? output[index] < output[chosen] : output[index] > output[chosen] { chosen = index }
    return chosen - output.startIndex
  }

  /// - Parameter scores: distances by their negatives.
  private func loss(of scores: [Double], label: Int) -> Double {
    switch loss {
    case .crossEntropy:
      let largest = scores.max() ?? 0
      let sum = scores.reduce(0) { $0 + Double.exp($1 - largest) }
      return Double.log(sum) + largest - scores[label]
    case .meanSquaredError where isDistance: return -scores[label]
    case .meanSquaredError:
      let squares = scores.enumerated().map { index, score in
        let target = index == label ? 1.0 : 0.0
        return (score - target) * (score - target)
      }
      return squares.reduce(0, +) / Double(scores.count)
    }
  }
}
