import CNNSpec
import CZlib

/// Gzip by zlib, with a bound on the output.
enum Gzip {
  struct Output {
    var bytes: [UInt8]
    /// The stream ended within the limit, checksum and length right, and nothing but zeros behind it.
    var isComplete: Bool
  }

  /// Deflate makes at most 1032 bytes out of one.
  private static let inflation = 1032

  /// The first `limit` bytes of what a gzip file holds; its members, if several, behind each other.
  /// - Throws: `.inputFile` for a damaged or truncated stream, unless `limit` bytes came before the damage.
  static func inflate(_ bytes: [UInt8], limit: Int, name: String) throws(Diagnostics) -> Output {
    // The bound is known before anything is allocated: a short file cannot claim much.
    let (most, overflow) = bytes.count.multipliedReportingOverflow(by: inflation)
    let capacity = overflow ? limit : min(limit, most + 1)
    var status: Int32 = Z_OK
    let output = bytes.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
        (count, status) = inflate(source, into: target)
      }
    }
    switch status {
    case Z_STREAM_END: return Output(bytes: output, isComplete: true)
    case Z_OK: return Output(bytes: output, isComplete: false)
    case Z_BUF_ERROR:
      throw .input(
        name, "the gzip stream is truncated: it ends after \(output.count) bytes",
        help: ["copy or download it again"])
    case Z_MEM_ERROR: throw .input(name, "there is no memory to decompress it")
    default:
      throw .input(
        name, "the gzip stream is damaged after \(output.count) bytes", help: ["copy or download it again"])
    }
  }

  /// Bytes written and `Z_STREAM_END` (all), `Z_OK` (the target is full), `Z_BUF_ERROR` (the source ended), or
  /// an error of zlib's.
  private static func inflate(
    _ source: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>
  ) -> (Int, Int32) {
    // zlib's state points back at the stream, so that must not move.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    let gzipOnly: Int32 = 15 + 16
    let version = inflateInit2_(stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard version == Z_OK else { return (0, version) }
    defer { inflateEnd(stream) }
    var read = 0
    var written = 0
    while true {
      let input = UInt32(clamping: source.count - read)
      let room = UInt32(clamping: target.count - written)
      stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + read })
      stream.pointee.avail_in = input
      stream.pointee.next_out = target.baseAddress.map { $0 + written }
      stream.pointee.avail_out = room
      let status = CZlib.inflate(stream, Z_NO_FLUSH)
      let consumed = Int(input - stream.pointee.avail_in)
      let produced = Int(room - stream.pointee.avail_out)
      read += consumed
      written += produced
      switch status {
      case Z_STREAM_END:
        // Zeros fill up a block of a tape; anything else is one more member.
        if source[read...].allSatisfy({ $0 == 0 }) { return (written, Z_STREAM_END) }
        guard inflateReset(stream) == Z_OK else { return (written, Z_DATA_ERROR) }
      case Z_OK, Z_BUF_ERROR:
        if written == target.count { return (written, Z_OK) }
        if read == source.count || consumed == 0 && produced == 0 { return (written, Z_BUF_ERROR) }
      default: return (written, status)
      }
    }
  }
}
