import CNNSpec

/// The array of a `.npy` file: format versions 1 to 3, `<f4` or `|u1`, C order.
package struct NumPyArray: Hashable, Sendable {
  package enum Values: Hashable, Sendable {
    case float32([Float])
    case uint8([UInt8])
  }

  /// As NumPy says it; empty for a single number.
  package let shape: [Int]
  package let values: Values

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  package init(decoding bytes: [UInt8], name: String) throws(Diagnostics) {
    let header = try NumPyHeader(decoding: bytes, name: name)
    guard !header.isFortranOrder else {
      throw .input(
        name, "expected an array in C order, found Fortran order",
        help: ["save numpy.ascontiguousarray(array)"])
    }
    let width: Int
    switch header.descr {
    case "<f4": width = 4
    case "|u1", "<u1", ">u1", "u1": width = 1
    default:
      throw .input(
        name, "expected '<f4' (float32) or '|u1' (uint8), found \(header.descr)",
        help: ["save array.astype('<f4')"])
    }
    let found = bytes.count - header.size
    var expected = width
    for extent in header.shape {
      let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw .input(name, "the shape \(header.shape) is too large") }
      expected = product
    }
    guard expected == found else {
      throw .input(
        name, "the shape \(header.shape) takes \(expected) bytes, but \(found) follow the header",
        help: [found < expected ? "the file is truncated: write it again" : "save one array a file"])
    }
    shape = header.shape
    if width == 1 {
      values = .uint8(Array(bytes[header.size...]))
    } else {
      values = .float32(Self.floats(bytes, from: header.size))
    }
  }

  /// Little-endian float32 values from an offset to the end.
  private static func floats(_ bytes: [UInt8], from offset: Int) -> [Float] {
    let count = (bytes.count - offset) / 4
    return bytes.withUnsafeBytes { source in
      [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        for index in 0..<count {
          let bits = source.loadUnaligned(fromByteOffset: offset + 4 * index, as: UInt32.self)
          buffer[index] = Float(bitPattern: UInt32(littleEndian: bits))
        }
        initialized = count
      }
    }
  }

  /// Writes float32 values as a `.npy` file (version 1, C order), whole or not at all.
  /// - Precondition: as many values as the shape says.
  package static func write(_ values: [Float], shape: [Int], to path: String) throws(Diagnostics) {
    precondition(shape.reduce(1, *) == values.count)
    let header = NumPyHeader.encode(descr: "<f4", shape: shape)
    do {
      try AtomicFile.write(to: path) { (sink) throws(FileError) in
        try sink.write(header)
        #if _endian(little)
          try sink.write(values)
        #else
          try sink.write(values.map(\.bitPattern.littleEndian))
        #endif
      }
    } catch {
      var finding = error.diagnostic
      finding.code = .outputFile
      throw Diagnostics(finding)
    }
  }
}

extension Image {
  /// An image from a uint8 array `[H,W]` or `[H,W,C]`; of four channels the last (alpha) is dropped.
  init(_ array: NumPyArray, name: String) throws(Diagnostics) {
    let shape = array.shape
    guard case .uint8(let bytes) = array.values else {
      throw .input(name, "expected an image, found float32 values", help: ["save it as uint8, [H,W,3]"])
    }
    let channels = shape.count == 3 ? shape[2] : 1
    guard shape.count == 2 || shape.count == 3, [1, 3, 4].contains(channels) else {
      throw .input(
        name, "expected uint8 of the shape [H,W], [H,W,1] or [H,W,3], found \(shape)",
        help: ["one image a file; channels come last"])
    }
    let count = try Image.pixelCount(height: shape[0], width: shape[1], name: name)
    guard channels == 4 else {
      self.init(height: shape[0], width: shape[1], channels: channels, pixels: bytes)
      return
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * 3)
    for pixel in 0..<count { pixels += bytes[4 * pixel..<4 * pixel + 3] }
    self.init(height: shape[0], width: shape[1], channels: 3, pixels: pixels)
  }
}
