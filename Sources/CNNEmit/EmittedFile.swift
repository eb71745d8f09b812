import CNNSpec

/// A file that an emitter has made.
package struct EmittedFile: Hashable, Sendable {
  /// Without folders: `LeNet5.swift`.
  package var name: String
  package var bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  package init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }
}

extension [EmittedFile] {
  /// Writes all files into a folder, which is made where it is not there; none is put there before all are whole.
  /// - Throws: `unreadable-file` where the folder is a file; `output-file` where it cannot be written.
  package func write(to folder: String) throws(Diagnostics) {
    do throws(FileError) {
      try AtomicFile.write(map { ($0.name, $0.bytes) }, in: folder)
    } catch {
      throw error.diagnostics
    }
  }
}
