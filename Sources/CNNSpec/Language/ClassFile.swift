extension Spec {
  /// Puts the labels of a class file in place of its name.
  package mutating func loadClasses(
    _ read: (String) throws(FileError) -> [UInt8], _ diagnostics: inout DiagnosticCollector
  ) {
    guard case .file(let name, let range) = classes else { return }
    do throws(FileError) {
      let text = String(decoding: try read(name), as: UTF8.self)
      let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
      classes = .labels(lines.last?.isEmpty == true ? lines.dropLast() : lines, range)
    } catch {
      let finding = error.diagnostic
      diagnostics.error(
        finding.code, "the class file `\(name)`: \(finding.message)", at: range,
        help: ["`classes` names a text file beside the spec, one label a line, or lists the labels"])
    }
  }
}
