import CNNEmbedding
import CNNSpec

/// A file of packed weights, little-endian: a header of 64 bytes, then floats.
///
/// The header is `CNNCPACK`, the hash of the program that reads the weights, the hash of all bytes behind the header, and
/// zeros. Hashes are 64-bit FNV-1a.
///
/// It is another format than Swift's `NAME.weights`, which holds tensors as they were trained.
struct CWeightsFile {
  static let headerBytes = 64
  static let headerFloats = headerBytes / MemoryLayout<Float>.size
  private static let magic = "CNNCPACK"

  /// Of the program that reads the weights: of its calls and of the kernels that they call, which say how everything
  /// that they read lies. So what another version of the compiler has packed in another way is told apart.
  let program: ContentHash

  /// - Parameters:
  ///   - run: the function that runs the network.
  ///   - kernels: the text of the kernels; comments and white space in it do not matter.
  init(run: String, kernels: String) {
    let words = CText.withoutComments(kernels).split { $0.isWhitespace }
    var hash = ContentHash(run)
    hash.add(words.joined(separator: " "))
    program = hash
  }

  func bytes(of values: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headerBytes + values.count * MemoryLayout<Float>.size)
    bytes += Array(Self.magic.utf8)
    var content = ContentHash()
    let floats = Self.littleEndian(values)
    content.add(floats)
    for hash in [program, content] {
      for shift in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: hash.value >> UInt64(shift)))
      }
    }
    bytes += [UInt8](repeating: 0, count: Self.headerBytes - bytes.count)
    return bytes + floats
  }

  private static func littleEndian(_ values: [Float]) -> [UInt8] {
    #if _endian(little)
      values.withUnsafeBytes { Array($0) }
    #else
      values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    #endif
  }

  /// The C function that checks such a file's bytes.
  func check(_ prefix: String, _ macro: String) -> String {
    """
    int \(prefix)_weights_are_right(const void *weights, size_t size) {
      const unsigned char *bytes = weights;
      uint64_t program = 0, content = 0, hash = UINT64_C(0xcbf29ce484222325);
      if (size != \(macro)_WEIGHTS_BYTES) return 0;
      for (int i = 7; i >= 0; i--) {
        program = program << 8 | bytes[8 + i];
        content = content << 8 | bytes[16 + i];
      }
      if (memcmp(bytes, "\(Self.magic)", 8) != 0 || program != UINT64_C(0x\(program))) return 0;
      for (size_t i = \(Self.headerBytes); i < \(macro)_WEIGHTS_BYTES; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
      return hash == content;
    }


    """
  }
}
