import CNNSpec

/// CIFAR-10's binary batches, held in memory: records of a label and 32x32 pixels, the red plane first, then
/// green and blue, 3073 bytes each.
package struct CIFARDataset: ImageDataset {
  private struct Batch {
    var path: String
    var bytes: [UInt8]
    /// Images in the batches before it.
    var start: Int
  }

  private let batches: [Batch]
  package let count: Int
  package let classNames: [String]?
  package var classCount: Int { Self.classes }
  package var isInMemory: Bool { true }

  private static let side = 32
  private static let classes = 10
  private static let recordSize = 1 + 3 * side * side
  /// Of one batch; the real ones have 30 MB.
  private static let fileLimit = 1 << 30

  /// Nil if the folder holds none of the batches.
  init?(folder: String, names: [String], split: DatasetSplit) throws(Diagnostics) {
    let training = (1...5).map { "data_batch_\($0).bin" }
    let test = ["test_batch.bin"]
    guard (training + test).contains(where: names.contains) else { return nil }
    let wanted = split == .train ? training : test
    let missing = wanted.filter { !names.contains($0) }
    guard missing.isEmpty else {
      throw .data(
        folder, "the \(split.rawValue) split needs \(missing.joined(separator: ", "))",
        help: ["all of \(wanted.joined(separator: ", ")) belong to it"])
    }
    var batches: [Batch] = []
    var start = 0
    for name in wanted {
      let batch = try Self.batch(FileSystem.path(folder, name), start: start)
      start += batch.bytes.count / Self.recordSize
      batches.append(batch)
    }
    self.batches = batches
    count = start
    classNames = try Self.names(folder, names)
  }

  private static func batch(_ path: String, start: Int) throws(Diagnostics) -> Batch {
    let bytes = try readBytes(path, limit: fileLimit)
    guard !bytes.isEmpty, bytes.count % recordSize == 0 else {
      throw .data(
        path, "expected records of \(recordSize) bytes, found \(bytes.count) bytes in all",
        help: ["it is truncated or no CIFAR-10 batch (CIFAR-100's have another format)"])
    }
    for offset in stride(from: 0, to: bytes.count, by: recordSize) where bytes[offset] >= classes {
      throw .data(
        path, "record \(offset / recordSize) has the label \(bytes[offset]); expected 0 to \(classes - 1)",
        help: ["it is damaged or no CIFAR-10 batch"])
    }
    return Batch(path: path, bytes: bytes, start: start)
  }

  /// The ten lines of `batches.meta.txt`, if it is there.
  private static func names(_ folder: String, _ files: [String]) throws(Diagnostics) -> [String]? {
    guard files.contains("batches.meta.txt") else { return nil }
    let bytes = try readBytes(FileSystem.path(folder, "batches.meta.txt"), limit: 1 << 16)
    let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }.map { String(decoding: $0, as: UTF8.self) }
    return lines.count == classes ? lines : nil
  }

  /// The batch of an image and the offset of its record there.
  private func record(_ index: Int) -> (batch: Int, offset: Int) {
    precondition((0..<count).contains(index))
    var number = batches.count - 1
    while batches[number].start > index { number -= 1 }
    return (number, (index - batches[number].start) * Self.recordSize)
  }

  package func label(_ index: Int) -> Int {
    let (batch, offset) = record(index)
    return Int(batches[batch].bytes[offset])
  }

  package func image(_ index: Int) -> Image {
    let (batch, offset) = record(index)
    let plane = Self.side * Self.side
    let bytes = batches[batch].bytes
    var pixels = [UInt8](repeating: 0, count: 3 * plane)
    for channel in 0..<3 {
      let start = offset + 1 + channel * plane
      for pixel in 0..<plane { pixels[3 * pixel + channel] = bytes[start + pixel] }
    }
    return Image(height: Self.side, width: Self.side, channels: 3, pixels: pixels)
  }

  package func path(_ index: Int) -> String { batches[record(index).batch].path }
}
