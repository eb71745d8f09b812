import CNNKernels
import CNNRuntime
import Testing

/// What is packed is stored in files: its bits must not depend on the machine that packs.
struct PackingBitsTests {
  /// What a kernel makes of its operands, on an instruction set.
  private static func run(
    _ kernel: String, _ words: [UInt64], results: Int, _ inputs: [[Float]], on isa: String
  ) throws -> [UInt32] {
    var next = try #require(cnn_kernels_of(isa))
    while String(cString: try #require(next.pointee.name)) != kernel { next = next.successor() }
    let entry = next.pointee
    var output = [Float](repeating: .nan, count: results)
    var tensors = inputs
    output.withUnsafeMutableBufferPointer { output in
      var operands: [UnsafeMutableRawPointer?] = [UnsafeMutableRawPointer(output.baseAddress)]
      for index in tensors.indices {
        let pointer = UnsafeMutablePointer<Float>.allocate(capacity: tensors[index].count)
        pointer.initialize(from: &tensors[index], count: tensors[index].count)
        operands.append(UnsafeMutableRawPointer(pointer))
      }
      entry.kernel(operands, words, 0, entry.split(words).units)
      for operand in operands.dropFirst() { operand?.deallocate() }
    }
    return output.map(\.bitPattern)
  }

  private static func integers(_ values: Int...) -> [UInt64] { values.map { UInt64(bitPattern: Int64($0)) } }

  private static func expectSameBits(
    _ kernel: String, _ words: [UInt64], results: Int, _ inputs: [[Float]],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let bits = try Machine.isas.map { try run(kernel, words, results: results, inputs, on: $0) }
    for (isa, found) in zip(Machine.isas, bits) {
      #expect(!found.contains(Float.nan.bitPattern), sourceLocation: sourceLocation)
      #expect(found == bits[0], "\(isa)", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [2, 4]) func `weights of Winograd's algorithm`(tile: Int) throws {
    try Self.expectSameBits(
      "pack_winograd", Self.integers(20, 35, tile), results: (tile + 2) * (tile + 2) * 32 * 48,
      [KernelChecker.numbers(1, 20 * 35 * 9)])
  }

  @Test(arguments: [0, 1]) func `panels`(order: Int) throws {
    try Self.expectSameBits(
      "pack_panels", Self.integers(1, 20, 35, 9, order), results: 32 * (order == 0 ? 48 : 35) * 9,
      [KernelChecker.numbers(2, 20 * 35 * 9)])
  }

  @Test func `filters of depthwise layers`() throws {
    try Self.expectSameBits(
      "pack_panels", Self.integers(1, 40, 1, 25, 2), results: 48 * 25, [KernelChecker.numbers(3, 40 * 25)])
  }

  @Test func `transposed filters`() throws {
    try Self.expectSameBits(
      "transpose_filters", Self.integers(2, 18, 21, 9), results: 2 * 18 * 21 * 9,
      [KernelChecker.numbers(4, 2 * 18 * 21 * 9)])
  }

  @Test(arguments: [0, 1]) func `folded batch norms`(shift: Int) throws {
    let statistics = (0..<4).map { index in
      KernelChecker.numbers(UInt64(10 + index), 33).map { index == 3 ? abs($0) + 0.01 : $0 }
    }
    try Self.expectSameBits(
      "fold_batch_norm", Self.integers(1, 1, 33, 45, shift) + [(1e-5).bitPattern], results: 33 * 45,
      [KernelChecker.numbers(5, 33 * 45)] + statistics)
  }
}
