import CNNEmbedding
import CNNPlan

/// How a plan's parameters lie behind one another: float32, little endian, each tensor aligned to 64 bytes, zeros between.
package struct WeightsImage: Hashable, Sendable {
  /// Where each of the plan's parameters begins, in bytes.
  package let offsets: [Int]
  /// Bytes of all of it.
  package let bytes: Int

  package init(_ plan: ExecutionPlan) {
    var offsets: [Int] = []
    var end = 0
    for parameter in plan.parameters {
      offsets.append(end)
      end += (parameter.count * 4 + 63) / 64 * 64
    }
    self.offsets = offsets
    bytes = end
  }

  /// Appends all tensors to a file's bytes.
  /// - Parameter elements: those of a parameter by its index.
  package func append(to file: inout [UInt8], _ elements: (Int) -> [Float]) {
    let start = file.count
    for (index, offset) in offsets.enumerated() {
      file += Array(repeating: 0, count: start + offset - file.count)
      elements(index).map(\.bitPattern.littleEndian).withUnsafeBytes { file += $0 }
    }
    file += Array(repeating: 0, count: start + bytes - file.count)
  }
}
