import CNNKernels

/// Kernel calls with their pointers resolved: plain records that C runs one after the other, each divided among the
/// threads of a pool.
///
/// The memory that the operands lie in belongs to others and must outlive the calls.
public final class KernelCalls: @unchecked Sendable {
  private let calls: UnsafeMutablePointer<cnn_call>
  private let words: UnsafeMutablePointer<UInt64>
  private let capacity: (calls: Int, words: Int)
  private var wordCount = 0
  package private(set) var count = 0

  /// - Parameters:
  ///   - capacity: how many calls there will be.
  ///   - words: how many fields their structures have together.
  package init(capacity: Int, words: Int) {
    self.capacity = (capacity, words)
    calls = .allocate(capacity: max(capacity, 1))
    self.words = .allocate(capacity: max(words, 1))
  }

  deinit {
    calls.deallocate()
    words.deallocate()
  }

  /// Records a call.
  /// - Parameters:
  ///   - kernel: its name, without `cnn_`.
  ///   - parameters: the kernel's own structure.
  ///   - operands: in the kernel's order, what it writes first; nil for an optional one that is left out.
  public func add<Parameters: BitwiseCopyable>(
    _ kernel: StaticString, _ parameters: Parameters, _ operands: UnsafeMutableRawPointer?...
  ) {
    let count = MemoryLayout<Parameters>.size / MemoryLayout<UInt64>.size
    let entry = KernelTable.entry(for: "\(kernel)")
    precondition(count == entry.fieldCount, "\(kernel) takes other parameters")
    withUnsafeBytes(of: parameters) { bytes in
      add(entry, fields: count, operands) { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
    }
  }

  /// Records a call whose fields come one by one, as 64-bit words.
  package func add(
    _ entry: KernelTable.Entry, fields: Int, _ operands: [UnsafeMutableRawPointer?], word: (Int) -> UInt64
  ) {
    precondition(count < capacity.calls && wordCount + fields <= capacity.words, "no room for a call")
    let parameters = words + wordCount
    for index in 0..<fields { (parameters + index).initialize(to: word(index)) }
    wordCount += fields
    var record = cnn_call()
    record.kernel = entry.function
    record.parameters = UnsafeRawPointer(parameters)
    withUnsafeMutableBytes(of: &record.operands) { bytes in
      let slots = bytes.bindMemory(to: UnsafeMutableRawPointer?.self)
      precondition(operands.count <= slots.count, "too many operands")
      for (slot, operand) in operands.enumerated() { slots[slot] = operand }
    }
    record.split = entry.split(record.parameters)
    (calls + count).initialize(to: record)
    count += 1
  }

  /// Runs the calls of a range in order; all of them if nil. Allocates nothing.
  package func run(_ range: Range<Int>? = nil, on threads: KernelThreads?) {
    let range = range ?? 0..<count
    precondition(range.upperBound <= count, "calls that are not there")
    cnn_execute(threads?.pool, calls + range.lowerBound, Int64(range.count))
  }
}

/// Threads that compute together: the one that calls, and others that sleep between runs.
package final class KernelThreads: @unchecked Sendable {
  package let pool: OpaquePointer

  /// Nil where there is less than one, or the system refuses so many.
  /// - Parameter dividesAll: whether every call that can be is divided, and not only those that gain from it.
  package init?(count: Int, dividesAll: Bool = false) {
    guard count >= 1, let pool = cnn_pool_create(Int64(count), dividesAll ? 1 : 0) else { return nil }
    self.pool = pool
  }

  deinit { cnn_pool_destroy(pool) }

  /// Threads of which the caller is one; nil where it is the only one.
  /// - Throws: `threads`.
  static func computing(_ count: Int) throws(EmbeddingError) -> KernelThreads? {
    if count == 1 { return nil }
    guard let threads = KernelThreads(count: count) else { throw .threads(count) }
    return threads
  }
}
