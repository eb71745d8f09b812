import CNNSpec
import CNNTestSupport
import Testing

/// Files that the command reads.
extension Make {
  /// Gray 28 x 28 images of a pattern that differs from one to the next.
  static func images(_ count: Int) -> [UInt8] {
    idx([count, 28, 28], (0..<count * 784).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 784 * 31) })
  }

  /// An `.npy` of version 1.
  static func npy(_ type: String, _ shape: [Int], _ data: [UInt8]) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
    let length = [UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)]
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + length + Array(header.utf8) + data
  }

  static func npy(_ shape: [Int], _ values: [Float]) -> [UInt8] {
    npy(
      "<f4", shape,
      values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } })
  }

  /// A safetensors file of a header and data.
  static func safetensors(_ header: String, _ data: [UInt8] = [], claiming length: UInt64? = nil) -> [UInt8] {
    let length = length ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + Array(header.utf8) + data
  }
}

/// An `.npy` that the command wrote: its shape and values.
struct WrittenArray {
  var shape: [Int]
  var values: [Float]

  init(_ path: String) throws {
    let bytes = try FileSystem.read(path)
    try #require(bytes.count >= 10 && Array(bytes[1..<6]) == Array("NUMPY".utf8))
    let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    let header = String(decoding: bytes[10..<start], as: UTF8.self)
    #expect(header.contains("'<f4'") && header.contains("'fortran_order': False"))
    let open = try #require(header.lastIndex(of: "("))
    let close = try #require(header.lastIndex(of: ")"))
    shape = header[header.index(after: open)..<close].split(separator: ",").compactMap {
      Int($0.filter { $0 != " " })
    }
    values = stride(from: start, to: bytes.count, by: 4).map { index in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[index + $1]) << ($1 * 8) })
    }
    #expect(values.count == shape.reduce(1, *))
  }
}
