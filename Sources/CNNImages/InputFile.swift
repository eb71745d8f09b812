import CNNSpec

/// What a file given to `--input` holds: images to preprocess, or values ready for the network.
package struct InputFile: Sendable {
  package enum Contents: Hashable, Sendable {
    case image(Image)
    /// All images of an IDX file.
    case images(IDXFile)
    /// A float32 `.npy`, taken as it is, already preprocessed.
    case tensors(FloatTensor)
  }

  package let path: String
  package let contents: Contents

  /// - Parameter index: the one image or tensor of an IDX file or a batch that is wanted; left out: all.
  /// - Throws: `.unreadableFile`, `.fileTooLarge`, `.inputFile`; `.inputShape` for a `.npy`'s shape.
  package init(path: String, index: Int? = nil) throws(Diagnostics) {
    try self.init(decoding: try readBytes(path, limit: 1 << 31), path: path, index: index)
  }

  package init(decoding bytes: [UInt8], path: String, index: Int? = nil) throws(Diagnostics) {
    self.path = path
    let all: Contents
    switch FileFormat(of: bytes) {
    case .idx, .gzip:
      let file = try IDXFile(decoding: bytes, path: path)
      try file.checkImages()
      all = .images(file)
    case .npy:
      let array = try NumPyArray(decoding: bytes, name: path)
      if case .float32(let values) = array.values {
        all = .tensors(try FloatTensor(shape: array.shape, values: values, name: path))
      } else {
        all = .image(try Image(array, name: path))
      }
    case .png, .jpeg, .pnm, .other: all = .image(try Image(decoding: bytes, name: path))
    }
    contents = try index.map { (index) throws(Diagnostics) in try all.one(index, path: path) } ?? all
  }

  /// Number of inputs for the network.
  package var count: Int { contents.count }

  /// Input number `index`, `[C][H][W]`, preprocessed.
  /// - Throws: `.inputShape` for ready values of another shape than the preprocessor's.
  /// - Precondition: `index` is in `0..<count`.
  package func tensor(_ index: Int, _ preprocessor: Preprocessor) throws(Diagnostics) -> [Float] {
    precondition((0..<count).contains(index))
    switch contents {
    case .image(let image): return try preprocessor.tensor(from: image, name: path)
    case .images(let file): return try preprocessor.tensor(from: file.image(index), name: path)
    case .tensors(let tensor):
      let expected = [preprocessor.channels, preprocessor.height, preprocessor.width]
      let found = [tensor.channels, tensor.height, tensor.width]
      guard expected == found else {
        let sizes = "\(IDXFile.text(expected)), found \(IDXFile.text(found))"
        throw Diagnostics(
          Diagnostic(.inputShape, "expected an input of \(sizes) (channels x height x width)", at: .file(path),
            help: ["a float32 .npy is taken as it is; save a uint8 one to have it preprocessed"]))
      }
      return Array(tensor.values[index * preprocessor.count..<(index + 1) * preprocessor.count])
    }
  }
}

extension InputFile.Contents {
  package var count: Int {
    switch self {
    case .image: 1
    case .images(let file): file.count
    case .tensors(let tensor): tensor.batch
    }
  }

  fileprivate func one(_ index: Int, path: String) throws(Diagnostics) -> Self {
    guard (0..<count).contains(index) else {
      throw .input(
        path, "the index \(index) is outside the file, which holds \(count)",
        help: [count == 1 ? "leave --index out" : "--index 0 to --index \(count - 1)"])
    }
    switch self {
    case .image: return self
    case .images(let file): return .image(file.image(index))
    case .tensors(let tensor): return .tensors(tensor[index])
    }
  }
}

/// Float32 values ready for a network, `[N,C,H,W]`.
package struct FloatTensor: Hashable, Sendable {
  package let batch: Int
  package let channels: Int
  package let height: Int
  package let width: Int
  package let values: [Float]

  /// - Parameter shape: `[C,H,W]` or `[N,C,H,W]`.
  /// - Precondition: as many values as the shape says.
  package init(shape: [Int], values: [Float], name: String) throws(Diagnostics) {
    guard shape.count == 3 || shape.count == 4, !shape.contains(0) else {
      throw Diagnostics(
        Diagnostic(.inputShape, "expected float32 of the shape [C,H,W] or [N,C,H,W], found \(shape)",
          at: .file(name), help: ["array[None] adds a dimension in front"]))
    }
    precondition(shape.reduce(1, *) == values.count)
    let sizes = shape.count == 3 ? [1] + shape : shape
    (batch, channels, height, width) = (sizes[0], sizes[1], sizes[2], sizes[3])
    self.values = values
  }

  private init(one values: [Float], of tensor: FloatTensor) {
    batch = 1
    (channels, height, width) = (tensor.channels, tensor.height, tensor.width)
    self.values = values
  }

  /// One of the batch, as a batch of one.
  package subscript(index: Int) -> FloatTensor {
    let size = values.count / batch
    return FloatTensor(one: Array(values[index * size..<(index + 1) * size]), of: self)
  }
}
