import CNNEmbedding
import CNNPlan
import CNNSpec

/// A network's tensors by name: mapped from a file, or held in memory. Never changes, so that any number
/// of networks and threads may read it.
package final class Weights: Sendable {
  private struct Entry {
    var dimensions: [Int]
    var address: Address
  }

  private let entries: [String: Entry]
  /// In the order of the file, or as they were given.
  package let names: [String]
  /// What errors point at.
  package let place: Diagnostic.Place
  private let file: SafetensorsFile?
  private let memory: Arena

  /// Uses the tensors of a file where they are mapped; one whose bytes are not aligned is copied.
  package init(_ file: SafetensorsFile) throws(Diagnostics) {
    var bytes = 0
    for tensor in file.tensors where !file.isAligned(tensor) { bytes += tensor.range.count }
    let memory = try Arena(bytes: bytes, for: "weights")
    var entries: [String: Entry] = [:]
    var offset = 0
    for tensor in file.tensors {
      var address = file.address(of: tensor)
      if !file.isAligned(tensor) {
        memory.copy(from: address, bytes: tensor.range.count, to: offset)
        address = memory.address.advanced(by: offset)
        offset += tensor.range.count
      }
      entries[tensor.name] = Entry(dimensions: tensor.dimensions, address: address)
    }
    self.entries = entries
    self.file = file
    self.memory = memory
    names = file.tensors.map(\.name)
    place = .file(file.path)
  }

  /// Copies tensors into memory of its own.
  package convenience init(_ tensors: [NamedTensor]) throws(Diagnostics) {
    try self.init(tensors.map { .init(name: $0.name, dimensions: $0.dimensions) }) { index, target in
      _ = target.update(from: tensors[index].values)
    }
  }

  /// Has tensors written where they will lie, so that there never is more memory in use than they take.
  /// - Parameter fill: writes the elements of the tensor with an index, all of which are 0.
  package init(
    _ tensors: [ExecutionPlan.Parameter],
    filledBy fill: (_ index: Int, _ target: UnsafeMutableBufferPointer<Float>) -> Void
  ) throws(Diagnostics) {
    let counts = tensors.map { $0.dimensions.reduce(1, *) }
    let sizes = counts.map { ArenaPlanner.aligned($0 * 4) ?? .max }
    let memory = try Arena(bytes: sizes.reduce(0, +), for: "weights")
    var entries: [String: Entry] = [:]
    var offset = 0
    for (index, tensor) in tensors.enumerated() {
      precondition(entries[tensor.name] == nil, "two tensors \(tensor.name)")
      let address = memory.address.advanced(by: offset)
      let start = address.pointer.assumingMemoryBound(to: Float.self)
      fill(index, UnsafeMutableBufferPointer(start: start, count: counts[index]))
      entries[tensor.name] = Entry(dimensions: tensor.dimensions, address: address)
      offset += sizes[index]
    }
    self.entries = entries
    self.memory = memory
    file = nil
    names = tensors.map(\.name)
    place = .none
  }

  package func dimensions(of name: String) -> [Int]? { entries[name]?.dimensions }

  /// A copy of a tensor's elements.
  package func values(of name: String) -> [Float]? {
    entries[name].map { $0.address.floats($0.dimensions.reduce(1, *)) }
  }

  func address(of name: String) -> Address? { entries[name]?.address }

  /// Says that nobody will read some tensors soon: where they are mapped from a file, the system may use their memory
  /// for something else. They stay what they are.
  func giveBack(_ names: Set<String>) {
    guard let file else { return }
    file.giveBack(file.tensors.filter { names.contains($0.name) && file.isAligned($0) })
  }
}

/// A tensor with its elements in row-major order.
package struct NamedTensor: Hashable, Sendable {
  package var name: String
  package var dimensions: [Int]
  package var values: [Float]

  package init(_ name: String, _ dimensions: [Int], _ values: [Float]) {
    precondition(dimensions.reduce(1, *) == values.count, "\(name): \(values.count) are not \(dimensions)")
    self.name = name
    self.dimensions = dimensions
    self.values = values
  }
}

extension Weights {
  /// Compares with what a network expects.
  /// - Parameter isIgnored: whether a tensor of this name, which the network does not read, is no error.
  /// - Throws: one `weights-mismatch` that lists every missing, misshapen and extra tensor.
  package func check(
    against expected: [ExecutionPlan.Parameter], ignoring isIgnored: (String) -> Bool = { _ in false }
  ) throws(Diagnostics) {
    var lines: [String] = []
    for tensor in expected {
      guard let found = dimensions(of: tensor.name) else {
        lines.append("missing: \(tensor.name) \(tensor.dimensions)")
        continue
      }
      if found != tensor.dimensions {
        lines.append("wrong shape: \(tensor.name) is \(found), expected \(tensor.dimensions)")
      }
    }
    let known = Set(expected.map(\.name))
    for name in names
    where !known.contains(name) && !name.hasSuffix(SafetensorsIndex.ignoredSuffix) && !isIgnored(name) {
      lines.append("not in the network: \(name) \(dimensions(of: name) ?? [])")
    }
    guard !lines.isEmpty else { return }
    let limit = 50
    let listed = lines.count > limit ? lines.prefix(limit) + ["and \(lines.count - limit) more"] : lines[...]
    let tensors = lines.count == 1 ? "1 tensor does" : "\(lines.count) tensors do"
    throw Diagnostics(
      Diagnostic(.weightsMismatch, "\(tensors) not match the network", at: place, help: Array(listed)))
  }
}
