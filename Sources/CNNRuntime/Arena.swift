import CNNEmbedding
import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One allocation, aligned to 64 bytes, all zeros at first; freed with its owner.
package struct Arena: ~Copyable, Sendable {
  private let memory: AlignedMemory

  package var bytes: Int { memory.bytes }
  package static var alignment: Int { AlignedMemory.alignment }

  /// Bytes of memory that this machine has.
  package static var physicalBytes: Int { AlignedMemory.physicalBytes }

  /// Takes memory and touches all of it, so that whoever uses it first does not wait for the system.
  /// - Parameters:
  ///   - bytes: how many; nothing is a legal size.
  ///   - purpose: what for, as the finding says it: `activations`, `weights`.
  /// - Throws: `memory-limit` where this machine has less or will not give it.
  package init(bytes: Int, for purpose: String) throws(Diagnostics) {
    do throws(EmbeddingError) {
      memory = try AlignedMemory(bytes: bytes)
    } catch {
      guard case .memory(_, let reason) = error else { preconditionFailure("\(error)") }
      throw Diagnostics(
        Diagnostic(
          .memoryLimit, "\(bytes) bytes of memory are needed for \(purpose), and \(reason)", at: .none,
          help: ["a smaller batch or a smaller network"]))
    }
  }

  private var pointer: UnsafeMutableRawPointer { memory.pointer }
  var address: Address { Address(pointer: pointer) }

  /// Writes elements from a byte offset on.
  func write(_ elements: [Float], at offset: Int) { memory.write(elements, at: offset) }

  /// Copies bytes that lie elsewhere.
  func copy(from source: Address, bytes count: Int, to offset: Int) {
    precondition(offset >= 0 && count >= 0 && offset + count <= bytes, "outside the arena")
    memcpy(pointer + offset, source.pointer, count)
  }
}

extension Address {
  /// Elements from here on.
  func floats(_ count: Int) -> [Float] {
    Array(UnsafeRawBufferPointer(start: pointer, count: count * 4).bindMemory(to: Float.self))
  }
}
