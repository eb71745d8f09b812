import CNNGraph
import CNNKernels

/// Kernel calls with their pointers resolved: plain records that C runs one after the other, each divided
/// among the threads of a pool.
///
/// The memory that the operands lie in belongs to others and must outlive the program.
package final class KernelProgram {
  private let calls: UnsafeMutablePointer<cnn_call>
  private let parameters: UnsafeMutablePointer<UInt64>
  package let count: Int
  private let pool: ThreadPool?

  /// - Parameters:
  ///   - pool: who computes; the caller alone without one.
  ///   - resolve: the address of an operand's first element.
  package init(
    _ program: [KernelCall], pool: ThreadPool? = nil, resolve: (Operand) -> UnsafeMutableRawPointer
  ) {
    self.pool = pool
    count = program.count
    calls = .allocate(capacity: max(count, 1))
    let words = program.reduce(0) { $0 + $1.arguments.count }
    parameters = .allocate(capacity: max(words, 1))
    var next = parameters
    for (index, call) in program.enumerated() {
      let entry = KernelTable.shared.entry(for: call.kernel)
      precondition(
        call.arguments.map(KernelTable.fieldText) == entry.fields,
        "\(call.kernel) takes \(entry.fields), not \(call.arguments.map(KernelTable.fieldText))")
      var record = cnn_call()
      record.kernel = entry.function
      record.parameters = UnsafeRawPointer(next)
      withUnsafeMutableBytes(of: &record.operands) { bytes in
        let slots = bytes.bindMemory(to: UnsafeMutableRawPointer?.self)
        for (slot, operand) in call.operands.enumerated() { slots[slot] = operand.map(resolve) }
      }
      for argument in call.arguments {
        next.initialize(to: KernelTable.word(argument.value))
        next += 1
      }
      record.split = entry.split(record.parameters)
      (calls + index).initialize(to: record)
    }
  }

  deinit {
    calls.deallocate()
    parameters.deallocate()
  }

  /// Runs all calls in order. Allocates nothing.
  package func run() { cnn_execute(pool?.pool, calls, Int64(count)) }

  /// Runs the calls of a range, for profiles.
  package func run(_ range: Range<Int>) {
    cnn_execute(pool?.pool, calls + range.lowerBound, Int64(range.count))
  }
}

extension KernelCall {
  /// What the call takes on one core of this machine, roughly, in nanoseconds: what decides whether threads share it.
  package var predictedNanoseconds: Int {
    var words = arguments.map { KernelTable.word($0.value) }
    return Int(KernelTable.shared.entry(for: kernel).split(&words).work)
  }
}

/// The C table of kernels by name.
private struct KernelTable: Sendable {
  struct Entry: Sendable {
    var function: cnn_kernel
    var split: @convention(c) (UnsafeRawPointer?) -> cnn_split
    /// `i:batch`, `r:alpha`: the kernel's own structure, field by field.
    var fields: [String]
  }

  static let shared = KernelTable()
  private let entries: [String: Entry]

  private init() {
    var entries: [String: Entry] = [:]
    var next = cnn_kernels()
    while let entry = next?.pointee, let name = entry.name, let function = entry.kernel,
      let split = entry.split
    {
      let fields = String(cString: entry.fields).split(separator: " ").map(String.init)
      entries[String(cString: name)] = Entry(function: function, split: split, fields: fields)
      next = next?.successor()
    }
    self.entries = entries
  }

  func entry(for kernel: Kernel) -> Entry {
    guard let entry = entries[kernel.rawValue] else { preconditionFailure("no kernel \(kernel)") }
    return entry
  }

  static func fieldText(_ argument: KernelCall.NamedArgument) -> String {
    switch argument.value {
    case .integer: "i:\(argument.name)"
    case .real: "r:\(argument.name)"
    }
  }

  static func word(_ value: KernelArgument) -> UInt64 {
    switch value {
    case .integer(let integer): UInt64(bitPattern: Int64(integer))
    case .real(let real): real.bitPattern
    }
  }
}
