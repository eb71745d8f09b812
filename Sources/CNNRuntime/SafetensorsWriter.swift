import CNNEmbedding
import CNNSpec

/// Writes tensors as a safetensors file. The same tensors in the same order give the same bytes.
package enum SafetensorsWriter {
  /// Writes all of the file or leaves what was there.
  /// - Parameters:
  ///   - metadata: texts for `__metadata__`, in this order.
  /// - Throws: `output-file`.
  package static func write(
    _ tensors: [NamedTensor], metadata: [(key: String, value: String)] = [], to path: String
  ) throws(Diagnostics) {
    let header = SafetensorsIndex.header(of: tensors.map { ($0.name, $0.dimensions) }, metadata: metadata)
    do throws(FileError) {
      try AtomicFile.write(to: path) { (sink) throws(FileError) in
        try sink.write(header)
        for tensor in tensors { try sink.write(tensor.values) }
      }
    } catch {
      throw error.diagnostics
    }
  }
}
