import CNNGraph
import CNNRuntime
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the kernel tests run, written down so that `Tests/CNNKernelsTests/replay.c` can run it again where no Swift
/// is: on other instruction sets, under an emulator.
///
/// The results that are written down are of the tests, which compare them with naive references in double.
enum KernelRecording {
  /// The environment variable that names the file to append to; nothing is recorded without it.
  private static let variable = "CNNC_RECORD_KERNELS"

  /// All tests' file, opened so that each write, of one recording, is appended whole.
  private static let file: Int32? = getenv(variable).map { path in
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    precondition(file >= 0, "\(variable): cannot append to \(String(cString: path))")
    return file
  }

  /// Kernels whose result only other kernels of the same instruction set read: their order is its own affair.
  private static let internalResults: Set<Kernel> = [
    .packWinograd, .winogradInput, .winogradGradientMultiply,
  ]

  /// Where a call finds or leaves what no other instruction set need have: such a result, or parts of a sum, which each
  /// instruction set divides by its own costs.
  private static func unspecified(_ call: KernelCall) -> Int? {
    if call.kernel == .sumParts { return call.operands[1]?.element }
    return internalResults.contains(call.kernel) ? call.operands[0]?.element : nil
  }

  /// - Parameters:
  ///   - tensors: where the elements of tensors lie, image by image. What lies between them is never written.
  ///   - tolerance: how far results of other instruction sets may be away, relative to a tensor's largest element.
  static func append(
    _ calls: [KernelCall], _ before: [Float], _ after: [Float], tensors: [Range<Int>], tolerance: Double
  ) {
    guard let file else { return }
    var record = Record()
    record.append("CNNCALLS")
    record.append(Test.current?.name ?? "")
    record.append(tolerance.bitPattern)
    record.append(before[...])
    let changed = tensors.filter { range in
      range.contains { before[$0].bitPattern != after[$0].bitPattern }
    }
    let unspecified = Set(calls.compactMap(unspecified))
    record.append(UInt64(changed.count))
    for range in changed {
      record.append(UInt64(range.lowerBound))
      // Not-a-number stands for anything.
      let isKnown = !unspecified.contains(range.lowerBound)
      record.append(isKnown ? after[range] : [Float](repeating: .nan, count: range.count)[...])
    }
    record.append(UInt64(calls.count))
    for call in calls { record.append(call) }
    let written = record.bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    precondition(written == record.bytes.count, "\(variable): cannot write")
  }

  /// Words of eight bytes, little-endian; text and floats fill their last one with zeros.
  private struct Record {
    var bytes: [UInt8] = []

    mutating func append(_ word: UInt64) {
      withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: String) {
      append(UInt64(text.utf8.count))
      bytes.append(contentsOf: text.utf8)
      fill()
    }

    mutating func append(_ floats: ArraySlice<Float>) {
      append(UInt64(floats.count))
      floats.withUnsafeBytes { bytes.append(contentsOf: $0) }
      fill()
    }

    mutating func append(_ call: KernelCall) {
      append(call.kernel.rawValue)
      append(call.arguments.map { ($0.value.isReal ? " r:" : " i:") + $0.name }.joined())
      append(UInt64(call.arguments.count))
      for argument in call.arguments { append(argument.value.word) }
      append(UInt64(call.operands.count))
      for operand in call.operands { append(operand?.element.map(UInt64.init) ?? .max) }
    }

    private mutating func fill() {
      bytes.append(contentsOf: [UInt8](repeating: 0, count: -bytes.count & 7))
    }
  }
}

extension KernelArgument {
  fileprivate var isReal: Bool {
    if case .real = self { true } else { false }
  }

  fileprivate var word: UInt64 {
    switch self {
    case .integer(let integer): UInt64(bitPattern: Int64(integer))
    case .real(let real): real.bitPattern
    }
  }
}

extension Operand {
  /// The number of its first element in the memory of a check.
  fileprivate var element: Int? {
    if case .arena(let offset) = location { offset / MemoryLayout<Float>.size } else { nil }
  }
}
