import CNNGraph
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
      try FileSystem.read(name.hasPrefix("/") ? name : FileSystem.path(folder, name), limit: 1 << 24)
    }
  }
}
