import CNNGraph
import Testing

struct DenseGradientTests {
  @Test(arguments: [(1, Shape(1, 1, 1)), (3, Shape(2, 3, 5)), (5, Shape(7, 1, 1))])
  func `with and without a bias`(units: Int, shape: Shape) throws {
    for hasBias in [true, false] {
      let dense = Dense(units: units, hasBias: hasBias)
      try GradientChecker.check(dense, as: .dense(dense), on: [shape], batch: 3)
    }
  }
}
