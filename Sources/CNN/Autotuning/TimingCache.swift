import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The file that keeps a machine's ``TimingTable`` between runs. Whatever is wrong with it costs time only: it is said
/// and nothing fails.
package struct TimingCache: Sendable {
  /// Where the file lies; nil where there is no such place.
  package let path: String?
  private let origin: TimingTable.Origin

  /// - Parameter folder: of the user's caches, or nil for none.
  package init(folder: String?, for origin: TimingTable.Origin) {
    self.origin = origin
    path = folder.map {
      FileSystem.path($0, "cnnc/autotune-\(origin.isa)-\(Self.word(origin.processor)).json")
    }
  }

  /// The user's folder for what can be made again: `$XDG_CACHE_HOME`, or `~/.cache`; nil where the environment has
  /// neither. A relative path counts as none (XDG Base Directory Specification).
  package static var userFolder: String? {
    func folder(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    return folder("XDG_CACHE_HOME") ?? folder("HOME").map { FileSystem.path($0, ".cache") }
  }

  /// Of a file's name: `AMD EPYC 7B13 (2)` is `amd-epyc-7b13-2`.
  private static func word(_ text: String) -> String {
    text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "-")
  }

  /// What is stored; an empty table where that is nothing, or of no use.
  /// - Parameter notes: gets what is wrong with the file.
  package func load(notes: inout [String]) -> TimingTable {
    let empty = TimingTable(origin)
    guard let path, FileSystem.kind(of: path) != nil else { return empty }
    do throws(FileError) {
      let bytes = try FileSystem.read(path, limit: SpecLimits.bytes)
      do throws(TimingTable.Failure) {
        return try TimingTable(SourceText(name: path, bytes: bytes), of: origin)
      } catch {
        let why =
          switch error {
          case .broken(let why): "broken (\(why))"
          case .outdated: "another version's"
          case .foreign: "another machine's"
          }
        notes.append("what --autotune had stored in \(path) is \(why): it measures again")
      }
    } catch {
      notes.append("\(path): \(error.diagnostic.message); --autotune measures again")
    }
    return empty
  }

  /// Stores a table in place of what was there.
  /// - Parameter notes: gets why that was not possible.
  package func save(_ table: TimingTable, notes: inout [String]) {
    guard let path else {
      notes.append(
        "--autotune has no place to store what it measured: neither XDG_CACHE_HOME nor HOME is a folder")
      return
    }
    do throws(FileError) {
      if let slash = path.lastIndex(of: "/") { try FileSystem.createFolder(String(path[..<slash])) }
      try AtomicFile.write(Array((table.json.text + "\n").utf8), to: path)
    } catch {
      notes.append("--autotune did not store what it measured: \(error.path): \(error.diagnostic.message)")
    }
  }
}
