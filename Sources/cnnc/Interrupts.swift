#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// ^C ends the program with 130, SIGTERM with 143 (128 and the signal's number), and both leave every file
/// whole: one that is being written is finished first, unless a signal comes again.
enum Interrupts {
  // The two that the handler may touch; it runs in whichever thread the signal finds.
  nonisolated(unsafe) private static var isWriting: sig_atomic_t = 0
  /// The signal that waits for the end of a file, or 0.
  nonisolated(unsafe) private static var pending: sig_atomic_t = 0

  static func install() {
    // A write past the limit of a file's size fails like one to a full disk, and is told.
    signal(SIGXFSZ, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      let before = signal(number) { number in
        guard Interrupts.isWriting != 0, Interrupts.pending == 0 else { _exit(128 + number) }
        Interrupts.pending = number
      }
      // Who started this program in the background, deaf to a signal, wants it so.
      if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        signal(number, SIG_IGN)
      }
    }
  }

  /// Whether a signal waits for the end of what ``finishing(_:)`` does, which may end early for it.
  static var isRequested: Bool { pending != 0 }

  /// Writes files; an interrupt waits for the end.
  static func finishing<Failure: Error>(_ write: () throws(Failure) -> Void) throws(Failure) {
    isWriting = 1
    do throws(Failure) {
      try write()
    } catch {
      // What went wrong has to be told first.
      isWriting = 0
      throw error
    }
    isWriting = 0
    if pending != 0 { _exit(128 + pending) }
  }
}
