import CNNSpec

/// An array of bytes from an IDX file (MNIST's format), gzipped or not.
///
/// Big-endian: two zero bytes, the element type (8: unsigned bytes), the number of dimensions, each of them as
/// 32 bits, then the values, the last dimension running fastest.
package struct IDXFile: Hashable, Sendable {
  package let path: String
  package let shape: [Int]
  package let values: [UInt8]

  /// Values past this number are refused before anything is allocated.
  private static let limit = 1 << 31
  /// A header of as many dimensions as can be.
  private static let longestHeader = 4 + 4 * 255

  package init(path: String) throws(Diagnostics) {
    try self.init(decoding: try readBytes(path, limit: Self.limit), path: path)
  }

  package init(decoding file: [UInt8], path: String) throws(Diagnostics) {
    let isGzip = FileFormat(of: file) == .gzip
    let start: [UInt8]
    if isGzip {
      start = try Gzip.inflate(file, limit: Self.longestHeader, name: path).bytes
    } else {
      start = Array(file.prefix(Self.longestHeader))
    }
    let (shape, offset) = try Self.header(start, path: path)
    let count = try Self.product(shape, path: path)
    let size = offset + count
    var bytes = file
    if isGzip { bytes = try Gzip.inflate(file, limit: size + 1, name: path).bytes }
    guard bytes.count == size else {
      let found = isGzip && bytes.count > size ? "more" : "\(bytes.count)"
      throw .input(
        path, "the IDX header \(Self.text(shape)) makes \(size) bytes, found \(found)",
        help: [bytes.count < size ? "it is truncated: copy or download it again" : "is this an IDX file?"])
    }
    self.path = path
    self.shape = shape
    values = Array(bytes[offset...])
  }

  /// The dimensions and the header's size.
  private static func header(_ bytes: [UInt8], path: String) throws(Diagnostics) -> ([Int], Int) {
    guard bytes.count >= 4 else { throw .input(path, "expected an IDX file, found \(bytes.count) bytes") }
    guard bytes[0] == 0, bytes[1] == 0, bytes[3] > 0 else {
      throw .input(
        path, "expected an IDX file (0 0 8 and the number of dimensions), found \(Array(bytes[..<4]))",
        help: ["only IDX files may be gzipped"])
    }
    guard bytes[2] == 8 else {
      throw .input(path, "expected IDX of unsigned bytes (type 8), found type \(bytes[2])")
    }
    let dimensions = Int(bytes[3])
    let size = 4 + 4 * dimensions
    guard bytes.count >= size else {
      throw .input(
        path, "the IDX header is truncated: expected \(size) bytes, found \(bytes.count)",
        help: ["copy or download it again"])
    }
    let shape = (0..<dimensions).map { dimension in
      bytes[4 + 4 * dimension..<8 + 4 * dimension].reduce(0) { $0 << 8 | Int($1) }
    }
    return (shape, size)
  }

  private static func product(_ shape: [Int], path: String) throws(Diagnostics) -> Int {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= limit else {
        throw .input(path, "the IDX header says \(text(shape)) values; at most \(limit) can be read")
      }
      count = product
    }
    return count
  }

  static func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "x") }

  /// Number of images or labels.
  package var count: Int { shape[0] }

  /// Checks for gray images `[N,H,W]`, none of the sizes zero.
  package func checkImages() throws(Diagnostics) {
    guard shape.count == 3 else {
      let what = shape.count == 1 ? "labels" : "an array of \(shape.count) dimensions"
      throw .input(
        path, "expected images of the shape [N,H,W], found \(what): \(Self.text(shape))",
        help: shape.count == 1 ? ["give the file of images: ...-images-idx3-ubyte"] : [])
    }
    guard shape[0] > 0 else { throw .input(path, "the IDX file holds no image") }
    _ = try Image.pixelCount(height: shape[1], width: shape[2], name: path)
  }

  /// Checks for labels `[N]`.
  package func checkLabels() throws(Diagnostics) {
    guard shape.count == 1 else {
      throw .input(
        path, "expected labels of the shape [N], found \(Self.text(shape))",
        help: shape.count == 3 ? ["these are images; labels are in ...-labels-idx1-ubyte"] : [])
    }
  }

  /// - Precondition: `checkImages` passed and `index` is in `0..<count`.
  package func image(_ index: Int) -> Image {
    let size = shape[1] * shape[2]
    let pixels = Array(values[index * size..<(index + 1) * size])
    return Image(height: shape[1], width: shape[2], channels: 1, pixels: pixels)
  }
}
