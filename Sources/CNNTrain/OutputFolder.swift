import CNNRuntime
import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The folder of a run, held by one process at a time:
///
///     checkpoint.safetensors   all that `--resume` needs
///     last.safetensors         the weights after the last whole epoch
///     best.safetensors         the weights after the best one
///     metrics.jsonl            a line for each epoch and split
///
/// Weights and checkpoint are whole at any moment. A kill in the middle of a line of metrics, or between two files,
/// is healed by resuming: the checkpoint, written last, says how much of the metrics counts, and the epoch that is
/// computed again writes the same weights.
package final class OutputFolder {
  package let path: String
  private let lock: Int32

  package var checkpoint: String { FileSystem.path(path, "checkpoint.safetensors") }
  package var last: String { FileSystem.path(path, "last.safetensors") }
  package var best: String { FileSystem.path(path, "best.safetensors") }
  package var metrics: String { FileSystem.path(path, "metrics.jsonl") }

  /// Makes the folder if it is not there and takes it.
  /// - Throws: `output-file` where it cannot be written to or another process trains into it.
  package init(_ path: String) throws(Diagnostics) {
    lock = try Self.take(path)
    self.path = path
  }

  private static func take(_ path: String) throws(Diagnostics) -> Int32 {
    let lock: Int32
    do throws(FileError) {
      try FileSystem.createFolder(path)
      lock = open(FileSystem.path(path, ".lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard lock >= 0 else { throw FileError.writing(path, errno) }
    } catch {
      throw error.diagnostics
    }
    // Released by the system when the process ends, however it ends.
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let failure = errno
      close(lock)
      guard failure == EWOULDBLOCK else { throw FileError.writing(path, failure).diagnostics }
      throw Diagnostics(
        Diagnostic(
          .outputFile, "another process is training into this folder", at: .file(path),
          help: ["wait for it, or name another folder with --output"]))
    }
    AtomicFile.removeLeftovers(in: path)
    return lock
  }

  deinit { close(lock) }

  /// Whether a run has been here.
  package var hasRun: Bool {
    // One that was killed at once leaves empty metrics and nothing else.
    [checkpoint, last, best].contains { FileSystem.kind(of: $0) != nil }
      || (FileSystem.size(of: metrics) ?? 0) > 0
  }

  /// The metrics file as it was when it had so many bytes.
  /// - Throws: `output-file`, or `unreadable-file` where it has fewer.
  package func restoreMetrics(bytes: Int) throws(Diagnostics) {
    do throws(FileError) {
      if FileSystem.kind(of: metrics) == .other { throw FileError(metrics, .unwritable("no regular file")) }
      let found = FileSystem.kind(of: metrics) == nil ? [] : try FileSystem.read(metrics)
      guard found.count >= bytes else {
        throw FileError(metrics, .unreadable("\(bytes) bytes were written, \(found.count) are there"))
      }
      if found.count > bytes || bytes == 0 { try AtomicFile.write(Array(found.prefix(bytes)), to: metrics) }
    } catch {
      throw error.diagnostics
    }
  }

  /// Adds lines to the metrics file; returns its bytes.
  package func append(metrics lines: [JSONValue], behind bytes: Int) throws(Diagnostics) -> Int {
    let text = Array(lines.map { $0.text + "\n" }.joined().utf8)
    do throws(FileError) {
      try AtomicFile.append(text, to: metrics, at: bytes)
    } catch {
      throw error.diagnostics
    }
    return bytes + text.count
  }
}
