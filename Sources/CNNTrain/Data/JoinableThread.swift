import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A thread that runs one closure, and that can be waited for.
struct JoinableThread {
  private let handle: pthread_t

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts the thread.
  /// - Throws: `.memoryLimit` where the system gives no more threads.
  init(_ run: @escaping @Sendable () -> Void) throws(Diagnostics) {
    let body = Unmanaged.passRetained(Body(run))
    #if canImport(Glibc)
      var thread = pthread_t()
      let status = pthread_create(&thread, nil, { Self.main($0) }, body.toOpaque())
      let started: pthread_t? = thread
    #else
      var started: pthread_t?
      let status = pthread_create(&started, nil, { Self.main($0) }, body.toOpaque())
    #endif
    guard status == 0, let started else {
      body.release()
      let why = String(cString: strerror(status))
      throw Diagnostics(
        Diagnostic(
          .memoryLimit, "the system gives no thread to read data with: \(why)", at: .none,
          help: ["ask for fewer threads"]))
    }
    handle = started
  }

  private static func main(_ body: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let body { Unmanaged<Body>.fromOpaque(body).takeRetainedValue().run() }
    return nil
  }

  /// Waits for the closure's end; once for each thread.
  func join() { pthread_join(handle, nil) }
}
