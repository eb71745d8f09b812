import CNNImport
import CNNProtobuf
import CNNSpec

/// An ONNX file that has been read; its tensors' numbers are still in the file, which is mapped.
package struct ModelFile: Sendable {
  package let path: String
  package let model: ModelProto
  /// Where external data may lie; nil where there is no folder.
  package let folder: String?

  /// - Throws: `unreadable-file` where there is none, `model-file` where it is no ONNX file.
  package init(path: String) throws(Diagnostics) {
    self.path = path
    folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    model = try Self.parse(ByteSlice(mapping: path, expected: "an ONNX model"), path)
  }

  /// A file that is in memory.
  /// - Parameters:
  ///   - name: what diagnostics call it.
  ///   - folder: where external data may lie.
  package init(bytes: [UInt8], name: String, folder: String? = nil) throws(Diagnostics) {
    path = name
    self.folder = folder
    model = try Self.parse(ByteSlice(bytes), name)
  }

  private static func parse(_ bytes: ByteSlice, _ path: String) throws(Diagnostics) -> ModelProto {
    let model: ModelProto
    do throws(ProtobufReader.Failure) {
      model = try ModelProto(from: ProtobufReader(bytes))
    } catch {
      throw bad(
        path, "the file is not what the format says: \(error.reason) at byte \(error.offset)",
        help: "is this an ONNX file, and whole?")
    }
    guard model.irVersion > 0, !model.operatorSets.isEmpty else {
      throw bad(
        path, "expected an ONNX model, found none of its fields",
        help: "is this a model, and not a tensor or another kind of file?")
    }
    return model
  }

  static func bad(_ path: String, _ message: String, help: String...) -> Diagnostics {
    Diagnostics(Diagnostic(.modelFile, message, at: .file(path), help: help))
  }
}
