import CNNEmbedding
import CNNSpec

/// Threads that compute together: the one that calls, and others that sleep between runs.
///
/// Sessions may share a pool; their runs then take turns. What is computed does not depend on the number of
/// threads, not in a single bit.
package final class ThreadPool: @unchecked Sendable {
  package let threads: Int
  let workers: KernelThreads

  /// As C knows it.
  var pool: OpaquePointer { workers.pool }

  /// - Parameters:
  ///   - threads: how many compute, the caller being one of them. More than the machine's cores are allowed,
  ///     and slow.
  ///   - dividesAll: whether every call that can be is divided, and not only those that gain from it.
  /// - Throws: `invalid-value` for less than one, or where the system refuses so many.
  package init(threads: Int, dividesAll: Bool = false) throws(Diagnostics) {
    try Self.check(threads: threads)
    guard let workers = KernelThreads(count: threads, dividesAll: dividesAll) else {
      throw Diagnostics(
        Diagnostic(
          .invalidValue, "the system refuses \(threads) threads", at: .none,
          help: ["this process may use \(Machine.availableCores) cores; more threads gain nothing"]))
    }
    self.threads = threads
    self.workers = workers
  }

  /// - Throws: `invalid-value` for less than one.
  package static func check(threads: Int) throws(Diagnostics) {
    guard threads >= 1 else {
      throw Diagnostics(
        Diagnostic(.invalidValue, "at least one thread computes, not \(threads)", at: .none))
    }
  }
}
