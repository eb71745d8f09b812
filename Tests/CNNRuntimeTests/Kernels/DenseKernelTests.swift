import CNNGraph
import Testing

struct DenseKernelTests {
  /// 16 units, 48 images and 1024 terms are kept in the cache.
  @Test func `more than a block`() throws {
    for (units, depth, batch) in [(33, 40, 49), (17, 1025, 47), (16, 2050, 3)] {
      try KernelChecker.check(Dense(units: units), on: [Shape(depth, 1, 1)], batch: batch)
    }
  }

  /// Round the blocks of 4 rows, 3 images and a vector's lanes.
  @Test(arguments: [1, 3, 7, 8, 9, 16, 17, 100, 1001])
  func `sizes`(depth: Int) throws {
    for units in [1, 3, 4, 5, 15, 16] {
      for batch in [1, 3] {
        try KernelChecker.check(Dense(units: units), on: [Shape(depth, 1, 1)], batch: batch)
      }
      try KernelChecker.check(Dense(units: units, hasBias: false), on: [Shape(1, 1, depth)])
    }
  }

  @Test(arguments: [nil] + ActivationKernelTests.all.map(Optional.init))
  func `epilogues, in the residual's place too`(activation: Activation?) throws {
    for addsResidual in [false, true] {
      let dense = Dense(units: 7, epilogue: Epilogue(addsResidual: addsResidual, activation: activation))
      let shapes = [Shape(3, 2, 3)] + (addsResidual ? [Shape(7, 1, 1)] : [])
      try KernelChecker.check(dense, on: shapes)
      if addsResidual { try KernelChecker.check(dense, on: shapes, inPlace: 1) }
    }
  }
}
