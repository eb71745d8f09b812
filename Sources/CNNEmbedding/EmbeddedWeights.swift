#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The weights of an embedded network, and what is computed from them once. Never changes, so that any number of
/// networks and threads may read it; emitted code makes it.
public final class EmbeddedWeights: Sendable {
  /// Records the calls that compute the constants: where the weights lie, where the constants, and the calls.
  public typealias Preparation = (
    _ weights: UnsafeMutableRawPointer, _ constants: UnsafeMutableRawPointer, _ calls: KernelCalls
  ) -> Void

  /// Of several calls: how many, and the fields of their structures together.
  public struct CallCount: Sendable {
    let calls: Int
    let fields: Int

    public init(calls: Int, fields: Int) {
      self.calls = calls
      self.fields = fields
    }
  }

  private enum Storage: ~Copyable, Sendable {
    case memory(AlignedMemory)
    case file(MappedFile)
  }

  private let storage: Storage
  private let constants: AlignedMemory
  let weights: Address
  /// Bytes of the tensors.
  let bytes: Int
  var constantsAddress: Address { Address(pointer: constants.pointer) }

  /// Weights that stand in the source.
  /// - Parameters:
  ///   - base64: the tensors' floats, little endian, each tensor aligned to 64 bytes.
  ///   - bytes: how many that are.
  ///   - constantBytes: bytes of the constants.
  ///   - count: the calls that `prepare` records.
  /// - Throws: `memory`, `instructionSet`.
  public convenience init(
    base64: StaticString, bytes: Int, constantBytes: Int, count: CallCount, prepare: Preparation
  ) throws(EmbeddingError) {
    let memory = try AlignedMemory(bytes: bytes)
    let decoded = Base64.decode(
      base64, into: UnsafeMutableRawBufferPointer(start: memory.pointer, count: bytes))
    precondition(decoded == bytes, "the source's weights are \(decoded ?? 0) bytes of base 64, not \(bytes)")
    try self.init(memory, constantBytes, count, prepare)
  }

  /// Weights of a safetensors file, such as ``EmbeddedTraining/safetensors(of:)`` makes.
  /// - Parameters:
  ///   - file: all its bytes.
  ///   - tensors: those of the network.
  /// - Throws: `safetensors`, `memory`, `instructionSet`.
  public convenience init(
    safetensors file: [UInt8], tensors: [EmbeddedTensor], bytes: Int, constantBytes: Int,
    count: CallCount, prepare: Preparation
  ) throws(EmbeddingError) {
    let memory = try AlignedMemory(bytes: bytes)
    try tensors.copy(file, to: Address(pointer: memory.pointer))
    try self.init(memory, constantBytes, count, prepare)
  }

  /// A copy of the weights that a training has come to.
  /// - Throws: `memory`, `instructionSet`.
  public convenience init(
    copying training: borrowing EmbeddedTraining, bytes: Int, constantBytes: Int, count: CallCount,
    prepare: Preparation
  ) throws(EmbeddingError) {
    let memory = try AlignedMemory(bytes: bytes)
    training.copyWeights(to: Address(pointer: memory.pointer), bytes: bytes)
    try self.init(memory, constantBytes, count, prepare)
  }

  private init(
    _ memory: consuming AlignedMemory, _ constantBytes: Int, _ count: CallCount, _ prepare: Preparation
  ) throws(EmbeddingError) {
    weights = Address(pointer: memory.pointer)
    bytes = memory.bytes
    constants = try Self.constants(constantBytes, weights, count, prepare)
    storage = .memory(memory)
  }

  /// Weights in a file, which is mapped into memory and must not change while they are in use.
  /// - Parameters:
  ///   - path: the file.
  ///   - network: the fingerprint of the network's tensors.
  ///   - hash: that of the weights; nil for any weights of this network.
  ///   - bytes: how many bytes of tensors it has.
  /// - Throws: what is wrong with the file; `memory`, `instructionSet`.
  public init(
    contentsOf path: String, network: UInt64, hash: UInt64?, bytes: Int, constantBytes: Int, count: CallCount,
    prepare: Preparation
  ) throws(EmbeddingError) {
    let file: MappedFile
    do throws(MappedFile.Failure) {
      file = try MappedFile(path)
    } catch {
      throw .unreadableFile(path: path, reason: error.reason)
    }
    weights = Address(
      pointer: try WeightsFile.tensors(of: file, path: path, bytes: bytes, network: network, hash: hash))
    self.bytes = bytes
    constants = try Self.constants(constantBytes, weights, count, prepare)
    storage = .file(file)
  }

  private static func constants(
    _ bytes: Int, _ weights: Address, _ count: CallCount, _ prepare: Preparation
  ) throws(EmbeddingError) -> AlignedMemory {
    guard InstructionSets.current != nil else { throw .instructionSet(available: InstructionSets.names) }
    let constants = try AlignedMemory(bytes: bytes)
    let calls = KernelCalls(capacity: count.calls, words: count.fields)
    prepare(weights.pointer, constants.pointer, calls)
    calls.run(on: nil)
    return constants
  }
}

/// A place in memory that others may read while its owner lives, and that only one writes.
package struct Address: @unchecked Sendable {
  package let pointer: UnsafeMutableRawPointer

  package init(pointer: UnsafeMutableRawPointer) { self.pointer = pointer }

  package func advanced(by bytes: Int) -> Address { Address(pointer: pointer + bytes) }
}
