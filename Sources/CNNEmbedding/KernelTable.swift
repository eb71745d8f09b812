import CNNKernels

/// The C table of kernels by name, those of the instruction set in use.
package struct KernelTable: Sendable {
  package struct Entry: Sendable {
    package var function: cnn_kernel
    package var split: @convention(c) (UnsafeRawPointer?) -> cnn_split
    /// `i:batch`, `r:alpha`: the kernel's own structure, field by field.
    package var fields: [String]
  }

  package static let shared = KernelTable()
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

  package func entry(for kernel: String) -> Entry {
    guard let entry = entries[kernel] else { preconditionFailure("no kernel \(kernel)") }
    return entry
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
