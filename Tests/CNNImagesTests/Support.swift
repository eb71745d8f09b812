import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

/// The files of `Tests/Fixtures/images`; `make.py` there says how they were made.
enum Fixtures {
  static let folder: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    return parts.joined(separator: "/") + "/Fixtures/images"
  }()

  static func path(_ name: String) -> String { FileSystem.path(folder, name) }

  static func bytes(_ name: String) throws -> [UInt8] { try FileSystem.read(path(name)) }

  static func image(_ name: String) throws -> Image { try Image(decoding: bytes(name), name: name) }
}

/// The one finding of an action that has to fail with exactly one.
func finding<Value>(
  sourceLocation: SourceLocation = #_sourceLocation, _ action: () throws -> Value
) -> Diagnostic? {
  do {
    let value = try action()
    Issue.record(
      "expected a diagnostic, got \(String(describing: value).prefix(80))", sourceLocation: sourceLocation)
  } catch let error as Diagnostics {
    #expect(error.all.count == 1, sourceLocation: sourceLocation)
    return error.all.first
  } catch {
    Issue.record("expected Diagnostics, got \(error)", sourceLocation: sourceLocation)
  }
  return nil
}

/// Every proper prefix of `bytes` decodes or fails with diagnostics; returns how many failed.
func failuresOfPrefixes<Value>(_ bytes: [UInt8], _ decode: ([UInt8]) throws -> Value) throws -> Int {
  var failures = 0
  for length in 0..<bytes.count {
    do { _ = try decode(Array(bytes[..<length])) } catch is Diagnostics { failures += 1 }
  }
  return failures
}

/// Damages one byte after the other, in three ways; nothing but a value or diagnostics may come of it.
func damageEachByte<Value>(_ bytes: [UInt8], step: Int = 1, _ decode: ([UInt8]) throws -> Value) throws {
  for index in stride(from: 0, to: bytes.count, by: step) {
    for value in [0, 0xFF, bytes[index] ^ 0x55] {
      var damaged = bytes
      damaged[index] = value
      do { _ = try decode(damaged) } catch is Diagnostics {}
    }
  }
}

/// Gzip and images as a test writes them.
extension Make {
  /// A gzip file of one stored block.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    precondition(bytes.count < 1 << 16)
    let length = UInt16(bytes.count)
    let block: [UInt8] = [
      1, UInt8(length & 0xFF), UInt8(length >> 8), UInt8(~length & 0xFF), UInt8(~length >> 8),
    ]
    let trailer = bigEndian(Int(crc32(bytes))).reversed() + bigEndian(bytes.count).reversed()
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + block + bytes + trailer
  }

  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0xEDB8_8320) }
    }
  }

  /// Gray images of one size, the values counting up.
  static func images(count: Int, height: Int, width: Int) -> [UInt8] {
    idx([count, height, width], (0..<count * height * width).map { UInt8($0 % 256) })
  }

  /// A PGM of one value.
  static func pgm(height: Int, width: Int, value: UInt8) -> [UInt8] {
    Array("P5 \(width) \(height) 255\n".utf8) + [UInt8](repeating: value, count: height * width)
  }
}
