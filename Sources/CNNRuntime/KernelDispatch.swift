import CNNEmbedding
import CNNGraph

/// A plan's kernel calls with their pointers resolved, each divided among the threads of a pool.
///
/// The memory that the operands lie in belongs to others and must outlive the program.
package final class KernelProgram {
  private let calls: KernelCalls
  package var count: Int { calls.count }
  private let pool: ThreadPool?

  /// - Parameters:
  ///   - pool: who computes; the caller alone without one.
  ///   - resolve: the address of an operand's first element.
  package init(
    _ program: [KernelCall], pool: ThreadPool? = nil, resolve: (Operand) -> UnsafeMutableRawPointer
  ) {
    self.pool = pool
    calls = KernelCalls(
      capacity: program.count, words: program.reduce(0) { $0 + $1.arguments.count })
    for call in program {
      let entry = KernelTable.entry(for: call.kernel.rawValue)
      precondition(
        call.fields == entry.fields, "\(call.kernel) takes \(entry.fields), not \(call.fields)")
      calls.add(entry, fields: call.arguments.count, call.operands.map { $0.map(resolve) }) {
        call.arguments[$0].value.word
      }
    }
  }

  /// Runs all calls in order. Allocates nothing.
  package func run() { calls.run(on: pool?.workers) }

  /// Runs the calls of a range, for profiles.
  package func run(_ range: Range<Int>) { calls.run(range, on: pool?.workers) }
}

extension KernelCall {
  /// As the kernels' table lists them, each after a blank: ` i:batch r:alpha`.
  fileprivate var fields: String {
    var text = ""
    for argument in arguments {
      switch argument.value {
      case .integer: text += " i:"
      case .real: text += " r:"
      }
      text += argument.name
    }
    return text
  }

  /// What the call takes on one core of this machine, roughly, in nanoseconds: what decides whether threads share it.
  package var predictedNanoseconds: Int {
    var words = arguments.map(\.value.word)
    return Int(KernelTable.entry(for: kernel.rawValue).split(&words).work)
  }
}

extension KernelArgument {
  /// As it lies in a kernel's structure.
  fileprivate var word: UInt64 {
    switch self {
    case .integer(let integer): UInt64(bitPattern: Int64(integer))
    case .real(let real): real.bitPattern
    }
  }
}
