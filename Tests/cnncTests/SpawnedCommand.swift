import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A run of the command that goes on while the test does.
final class SpawnedCommand {
  private let process: pid_t
  /// Once it has ended.
  private var code: Int32?

  /// Starts the command as a shell does: interrupts neither blocked nor ignored, as they are in the threads
  /// of a test; its output goes nowhere.
  init(_ arguments: [String]) throws {
    var actions: posix_spawn_file_actions_t = .init()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var attributes: posix_spawnattr_t = .init()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    var words = ([Command.path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    try #require(posix_spawn(&process, Command.path, &actions, &attributes, &words, environ) == 0)
    self.process = process
  }

  /// Nothing that a test has started outlives it.
  deinit { if code == nil { end() } }

  func send(_ signal: Int32) { if code == nil { kill(process, signal) } }

  /// The exit code, negative the number of the signal that ended it, or nil if it still runs after so many
  /// seconds.
  func status(within seconds: Double) -> Int32? {
    _ = wait(upTo: seconds) { isOver }
    return code
  }

  /// Waits until something is so or the command has ended; false where neither comes in time.
  func wait(until condition: () -> Bool) -> Bool {
    wait(upTo: Command.limit) { condition() || isOver }
  }

  /// Kills it and waits for its end.
  func end() {
    send(SIGKILL)
    if status(within: Command.limit) == nil { Issue.record("a killed process goes on") }
  }

  private var isOver: Bool {
    var status: Int32 = 0
    if code == nil, waitpid(process, &status, WNOHANG) == process {
      code = status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
    }
    return code != nil
  }

  private func wait(upTo seconds: Double, _ condition: () -> Bool) -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    while !condition() {
      guard clock.now < end else { return false }
      usleep(2000)
    }
    return true
  }
}
