import CNNEmbedding
import CNNPlan

/// How tensors lie behind one another: float32, little endian, each tensor aligned to 64 bytes, zeros between.
package struct WeightsImage: Hashable, Sendable {
  package let tensors: [ExecutionPlan.Parameter]
  /// Where each of them begins, in bytes.
  package let offsets: [Int]
  /// Bytes of all of it.
  package let bytes: Int

  package init(_ tensors: [ExecutionPlan.Parameter]) {
    var offsets: [Int] = []
    var end = 0
    for tensor in tensors {
      offsets.append(end)
      end += (tensor.count * 4 + 63) / 64 * 64
    }
    self.tensors = tensors
    self.offsets = offsets
    bytes = end
  }

  /// Where a tensor begins, by its name; nil if it is none of these.
  func offset(of name: String) -> Int? { tensors.firstIndex { $0.name == name }.map { offsets[$0] } }

  /// Appends all tensors to a file's bytes.
  /// - Parameter elements: those of a tensor by its number.
  package func append(to file: inout [UInt8], _ elements: (Int) -> [Float]) {
    let start = file.count
    for (index, offset) in offsets.enumerated() {
      file += Array(repeating: 0, count: start + offset - file.count)
      elements(index).map(\.bitPattern.littleEndian).withUnsafeBytes { file += $0 }
    }
    file += Array(repeating: 0, count: start + bytes - file.count)
  }
}
