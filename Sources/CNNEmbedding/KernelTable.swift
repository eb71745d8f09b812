import CNNKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The C table of kernels by name, those of the instruction set in use.
package enum KernelTable {
  package struct Entry {
    package let function: cnn_kernel
    package let split: @convention(c) (UnsafeRawPointer?) -> cnn_split
    private let fieldList: UnsafePointer<CChar>

    fileprivate init?(_ entry: cnn_kernel_entry) {
      guard let function = entry.kernel, let split = entry.split, let fields = entry.fields else {
        return nil
      }
      self.function = function
      self.split = split
      fieldList = fields
    }

    /// The kernel's own structure, field by field, each after a blank: ` i:batch r:alpha`.
    package var fields: String { String(cString: fieldList) }

    var fieldCount: Int { fields.utf8.count { $0 == UInt8(ascii: " ") } }
  }

  /// Searched from the table's start each time: a program asks once a call, and a dictionary would cost each start
  /// of a process more than that.
  package static func entry(for kernel: String) -> Entry {
    var next = cnn_kernels()
    while let entry = next?.pointee, let name = entry.name {
      if strcmp(name, kernel) == 0, let found = Entry(entry) { return found }
      next = next?.successor()
    }
    preconditionFailure("no kernel \(kernel)")
  }
}

/// The instruction sets of this machine.
package enum InstructionSets {
  /// The names of those that there are kernels for, widest first.
  package static var names: [String] {
    var names: [UnsafePointer<CChar>?] = Array(repeating: nil, count: 8)
    let count = Int(cnn_isa_list(&names, Int64(names.count)))
    return names[..<count].compactMap { $0.map { String(cString: $0) } }
  }

  /// The one whose kernels run: the widest, or the environment's; nil where that asks for what is not there.
  package static var current: String? { cnn_isa().map { String(cString: $0) } }
}
