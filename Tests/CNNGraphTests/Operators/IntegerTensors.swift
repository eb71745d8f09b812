import CNNGraph

/// Small whole numbers in a fixed order: element i is (i*step mod modulus) - modulus/2. The expected values in
/// these tests were computed by PyTorch from the same formula.
func integers(_ dimensions: [Int], step: Int, modulus: Int) -> Tensor<Double> {
  let count = dimensions.reduce(1, *)
  return Tensor(dimensions, (0..<count).map { Double($0 * step % modulus - modulus / 2) })
}

/// Whether two lists of numbers are as good as equal.
func isClose(_ a: [Double], _ b: [Double], tolerance: Double = 1e-6) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}
