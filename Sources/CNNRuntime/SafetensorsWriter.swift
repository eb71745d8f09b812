import CNNEmbedding
import CNNPlan
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
    do throws(FileError) {
      try AtomicFile.write(to: path) { (sink) throws(FileError) in
        try write(
          tensors.map { .init(name: $0.name, dimensions: $0.dimensions) }, metadata: metadata, to: &sink
        ) { tensors[$0].values }
      }
    } catch {
      throw error.diagnostics
    }
  }

  /// Writes the bytes of a file to a sink, one tensor after the other, so that no two need be in memory.
  /// - Parameters:
  ///   - metadata: texts for `__metadata__`, in this order.
  ///   - values: the elements of the tensor with an index.
  package static func write(
    _ tensors: [ExecutionPlan.Parameter], metadata: [(key: String, value: String)] = [],
    to sink: inout FileSink, values: (Int) -> [Float]
  ) throws(FileError) {
    try sink.write(SafetensorsIndex.header(of: tensors.map { ($0.name, $0.dimensions) }, metadata: metadata))
    for (index, tensor) in tensors.enumerated() {
      let elements = values(index)
      precondition(elements.count == tensor.dimensions.reduce(1, *), "\(tensor.name): \(elements.count)")
      try sink.write(elements)
    }
  }
}
