import CNNGraph
import CNNRuntime
import Testing

/// Runs an operator's kernel calls on memory of their own and compares with its naive reference.
///
/// Images lie apart by more than their size and all memory around them holds a pattern that must
/// survive, so a kernel that ignores a stride or writes outside its output is found.
enum KernelChecker {
  /// Threads that divide whatever can be divided, however small.
  static let pools: [ThreadPool] = [2, 3, 5].compactMap { try? ThreadPool(threads: $0, dividesAll: true) }

  /// Repeatable numbers in [-1, 1), from the formula of the reference data.
  static func numbers(_ stream: UInt64, _ count: Int) -> [Float] {
    (0..<count).map { index in
      var z = (UInt64(index) + 1) &* 0x9E37_79B9_7F4A_7C15 &+ stream &* 0xD134_2543_DE82_EF95
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      z ^= z >> 31
      return Float(Double(z >> 40) / Double(1 << 24) * 2 - 1)
    }
  }

  /// What the calls of a layer without parameters or scratch compute, for numbers that no tolerance fits.
  static func run<Layer: LayerOperator>(_ layer: Layer, _ inputs: [Tensor<Float>]) throws -> [Float] {
    let outputShape = try #require(layer.outputShape(for: inputs.map(\.shape)))
    let batch = inputs[0].batch
    var memory = Memory()
    let operands = inputs.map { memory.place($0.elements, images: batch) }
    let output = memory.place([Float](repeating: .nan, count: batch * outputShape.count), images: batch)
    memory.run(
      layer.lower(
        CallSite(
          batch: batch, inputTypes: inputs.map { .activation($0.shape) }, parameterTypes: [],
          outputTypes: [.activation(outputShape)], inputs: operands, parameters: [], outputs: [output])))
    return (0..<batch).flatMap { n in
      let start = memory.index(of: output, image: n)
      return Array(memory.elements[start..<start + outputShape.count])
    }
  }

  /// One block of floats in which tensors lie with gaps between their images.
  struct Memory {
    var elements: [Float] = []
    /// Where the tensors' elements lie, image by image.
    private var tensors: [Range<Int>] = []

    mutating func place(_ tensor: [Float], images: Int) -> Operand {
      let count = tensor.count / images
      let gap = 5
      elements += [Float](repeating: 12345, count: 7)
      let offset = elements.count * 4
      for n in 0..<images {
        tensors.append(elements.count..<elements.count + count)
        elements += tensor[n * count..<(n + 1) * count]
        elements += [Float](repeating: 54321, count: gap)
      }
      return Operand(.arena(offset: offset), imageStride: count + gap)
    }

    func index(of operand: Operand, image: Int) -> Int {
      guard case .arena(let offset) = operand.location else { preconditionFailure() }
      return offset / 4 + image * operand.imageStride
    }

    /// Runs calls, and expects the same bits from any number of threads.
    /// - Parameter tolerance: what ``KernelRecording`` records.
    mutating func run(_ calls: [KernelCall], tolerance: Double = 2e-5) {
      let before = self
      run(calls, pool: nil)
      KernelRecording.append(calls, before.elements, elements, tensors: tensors, tolerance: tolerance)
      for pool in KernelChecker.pools {
        var other = before
        other.run(calls, pool: pool)
        let difference = zip(elements, other.elements).enumerated().first {
          $1.0.bitPattern != $1.1.bitPattern
        }
        #expect(difference == nil, "\(pool.threads) threads compute something else: \(calls)")
      }
    }

    private mutating func run(_ calls: [KernelCall], pool: ThreadPool?) {
      elements.withUnsafeMutableBytes { bytes in
        let program = KernelProgram(calls, pool: pool) { operand in
          guard case .arena(let offset) = operand.location else { preconditionFailure() }
          return bytes.baseAddress! + offset
        }
        program.run()
      }
    }
  }
}
