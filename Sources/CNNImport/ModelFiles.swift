import CNNEmbedding
import CNNProtobuf
import CNNSpec

extension ByteSlice {
  /// The bytes of a model's or weights file, mapped.
  /// - Parameter expected: what the file should hold, for messages: "an ONNX model".
  /// - Throws: `unreadable-file` where there is none, `model-file` where it is empty.
  package init(mapping path: String, expected: String) throws(Diagnostics) {
    do throws(MappedFile.Failure) {
      self.init(try MappedFile(path))
    } catch {
      switch error {
      case .missing: throw FileError(path, .missing).diagnostics
      case .directory: throw FileError(path, .directory).diagnostics
      case .unreadable(let why): throw FileError(path, .unreadable(why)).diagnostics
      case .empty:
        throw Diagnostics(
          Diagnostic(
            .modelFile, "expected \(expected), found an empty file", at: .file(path),
            help: ["was it written, or fetched, as a whole?"]))
      }
    }
  }
}

extension SourceText {
  /// The text of a model's file, which may have as many bytes as a spec.
  /// - Throws: `unreadable-file` or `file-too-large`.
  package convenience init(ofModel path: String) throws(Diagnostics) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try FileSystem.read(path, limit: SpecLimits.bytes)
    } catch {
      throw error.diagnostics
    }
    self.init(name: path, bytes: bytes)
  }
}
