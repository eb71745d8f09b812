#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A value that threads change one at a time, and for whose changes they can wait.
///
/// `Synchronization.Mutex` cannot be waited on, so this is a POSIX mutex with its condition variable.
final class Monitor<State: Sendable> {
  private var state: State
  // Their addresses must stay.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(_ state: State) {
    self.state = state
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    let status = (pthread_mutex_init(mutex, nil), pthread_cond_init(condition, nil))
    precondition(status == (0, 0), "a mutex of default attributes cannot fail")
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Changes the state, and wakes whoever waits for it.
  func change<Value>(_ body: (inout State) -> Value) -> Value {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    return body(&state)
  }

  /// Waits until `body`, which is asked again after every change, returns a value; what it changed then
  /// wakes the others. Where it returns nil it must have changed nothing.
  func wait<Value>(_ body: (inout State) -> Value?) -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let value = body(&state) {
        pthread_cond_broadcast(condition)
        return value
      }
      pthread_cond_wait(condition, mutex)
    }
  }
}

// `state` is touched under the mutex only.
extension Monitor: @unchecked Sendable {}
