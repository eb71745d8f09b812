import CNNGraph
import Testing

struct DenseKernelTests {
  /// Of few images, 256 columns and 8 images; of as many as a vector has lanes, 192 units, 64 images and 512
  /// columns are kept in the cache.
  @Test(arguments: [
    (33, 40, 49), (17, 1025, 47), (16, 2050, 3), (191, 9, 64), (193, 17, 65), (400, 3, 130), (5, 511, 16),
    (13, 513, 33), (7, 1030, 8),
  ])
  func `more than a block`(units: Int, depth: Int, batch: Int) throws {
    try KernelChecker.check(Dense(units: units), on: [Shape(depth, 1, 1)], batch: batch)
  }

  @Test(arguments: 1...35) func `images round the vectors and tiles`(batch: Int) throws {
    let dense = Dense(units: 14, epilogue: Epilogue(addsResidual: true, activation: .relu))
    try KernelChecker.check(dense, on: [Shape(19, 1, 1), Shape(14, 1, 1)], batch: batch, inPlace: 1)
    try KernelChecker.check(Dense(units: 3, hasBias: false), on: [Shape(2, 1, 1)], batch: batch)
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
