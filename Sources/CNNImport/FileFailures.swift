import CNNEmbedding
import CNNSpec

extension MappedFile.Failure {
  /// What a user is told of a file that could not be mapped.
  /// - Parameter expected: what the file should hold: "an ONNX model".
  package func diagnostics(of path: String, expected: String) -> Diagnostics {
    switch self {
    case .missing: FileError(path, .missing).diagnostics
    case .directory: FileError(path, .directory).diagnostics
    case .empty:
      Diagnostics(Diagnostic(.modelFile, "expected \(expected), found an empty file", at: .file(path)))
    case .unreadable(let why): FileError(path, .unreadable(why)).diagnostics
    }
  }
}
