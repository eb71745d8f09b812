import CNNSpec
import CNNTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// ^C and SIGTERM in the middle of things.
struct InterruptTests {
  /// Starts the command as a shell does: interrupts neither blocked nor ignored, as they are in the threads
  /// of a test; its output goes nowhere.
  private func spawn(_ arguments: [String]) throws -> pid_t {
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
    return process
  }

  /// The exit code, or nil if the process still runs after so many seconds.
  private func status(of process: pid_t, within seconds: Double) -> Int32? {
    var status: Int32 = 0
    for _ in 0..<Int(seconds * 200) {
      if waitpid(process, &status, WNOHANG) == process { return status & 0x7F == 0 ? status >> 8 & 0xFF : -1 }
      usleep(5000)
    }
    return nil
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func `while it computes, it ends at once and leaves the old file`(signal: Int32, expected: Int32) throws {
    let folder = try TemporaryFolder()
    let images = try folder.write("many.idx", Make.images(20_000))
    let old = try folder.write("out.npy", "old")
    let process = try spawn(["run", "lenet5", "--input", images, "--output", old])
    #expect(status(of: process, within: 0.5) == nil, "ended before it could be interrupted")
    kill(process, signal)
    let code = status(of: process, within: 20)
    #expect(code == expected)
    if code == nil { kill(process, SIGKILL) }
    #expect(folder.names == ["many.idx", "out.npy"])
    #expect(try FileSystem.read(old) == Array("old".utf8))
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func `while it writes, the file is finished first, unless asked twice`(
    signal: Int32, expected: Int32
  ) throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let line = ["run", "lenet5", "--input", Repository.path("specs/lenet5.png"), "--output", pipe]
    for isPatient in [true, false] {
      // The command waits for someone to read the pipe.
      let process = try spawn(line)
      #expect(status(of: process, within: 3) == nil)
      kill(process, signal)
      #expect(status(of: process, within: 0.2) == nil, "it must not leave the file half written")
      if isPatient {
        let copy = try folder.write("copy.npy", try FileSystem.read(pipe))
        #expect(try WrittenArray(copy).shape == [1, 10])
      } else {
        kill(process, signal)
      }
      let code = status(of: process, within: 20)
      #expect(code == expected)
      if code == nil { kill(process, SIGKILL) }
    }
  }
}
