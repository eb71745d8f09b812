#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// ^C ends the program with 130 and leaves every file whole: one that is being written is finished first,
/// unless ^C comes again.
enum Interrupts {
  // The two that the handler may touch; it runs in whichever thread the signal finds.
  nonisolated(unsafe) private static var isWriting: sig_atomic_t = 0
  nonisolated(unsafe) private static var isPending: sig_atomic_t = 0

  static func install() {
    let before = signal(SIGINT) { _ in
      guard Interrupts.isWriting != 0, Interrupts.isPending == 0 else {
        _exit(ExitStatus.interrupted.rawValue)
      }
      Interrupts.isPending = 1
    }
    // Who started this program in the background wants no interrupts.
    if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(SIGINT, SIG_IGN) }
  }

  /// Writes files; an interrupt waits for the end.
  static func finishing<Failure: Error>(_ write: () throws(Failure) -> Void) throws(Failure) {
    isWriting = 1
    defer {
      isWriting = 0
      if isPending != 0 { _exit(ExitStatus.interrupted.rawValue) }
    }
    try write()
  }
}
