import CNNSpec

/// A spec's text and the folder in which what it names lies.
package struct SpecSource: Sendable {
  package let text: SourceText
  package let folder: String

  package init(text: SourceText, folder: String) {
    self.text = text
    self.folder = folder
  }

  package init(path: String) throws(Diagnostics) {
    do throws(FileError) {
      text = SourceText(name: path, bytes: try FileSystem.read(path, limit: SpecLimits.bytes))
    } catch {
      throw error.diagnostics
    }
    folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }

  /// Everything that can be said of the spec.
  package func report(where values: Family.Member = []) -> SpecReport {
    SpecReport.check(text, where: values) { (name) throws(FileError) in
      // A spec may come from anywhere: it names files beside it or below, and none that block a reader.
      guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
        throw FileError(name, .unreadable("it is not beside the spec"))
      }
      let path = FileSystem.path(folder, name)
      if FileSystem.kind(of: path) == .other { throw FileError(path, .unreadable("it is no regular file")) }
      return try FileSystem.read(path, limit: 1 << 24)
    }
  }
}
