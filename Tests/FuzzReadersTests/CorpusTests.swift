import CNNSpec
import CNNTestSupport
import FuzzReaders
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the fuzzer found worth keeping: inputs that once were read wrongly, and those that together reach what a corpus
/// reached. Each reader gets all of its own.
///
/// `CNNC_UPDATE=1 CNNC_CORPUS=FOLDER swift test --filter CorpusTests` packs the files of FOLDER/READER;
/// `CNNC_CORPUS=FOLDER` alone writes what is packed as files there, for the fuzzer to start from.
struct CorpusTests {
  static func path(_ reader: FuzzReader) -> String {
    let root = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    return root + "/Fixtures/fuzz/\(reader.rawValue).corpus"
  }

  /// The inputs, each with its length in front in four bytes, least significant first.
  static func unpacked(_ bytes: [UInt8]) -> [[UInt8]] {
    var inputs: [[UInt8]] = []
    var at = 0
    while at + 4 <= bytes.count {
      let count = bytes[at..<at + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
      inputs.append(Array(bytes[at + 4..<at + 4 + count]))
      at += 4 + count
    }
    return inputs
  }

  static func packed(_ inputs: [[UInt8]]) -> [UInt8] {
    inputs.flatMap { input in (0..<4).map { UInt8(truncatingIfNeeded: input.count >> (8 * $0)) } + input }
  }

  @Test(arguments: FuzzReader.allCases) func `every input ends with a result or a diagnostic`(
    reader: FuzzReader
  ) throws {
    let folder = getenv("CNNC_CORPUS").map { String(cString: $0) + "/" + reader.rawValue }
    if let folder, getenv("CNNC_UPDATE") != nil {
      let inputs = try FileSystem.names(in: folder).sorted().map { try FileSystem.read(folder + "/" + $0) }
      try AtomicFile.write(Self.packed(inputs), to: Self.path(reader))
    }
    let inputs = Self.unpacked(try FileSystem.read(Self.path(reader)))
    if let folder, getenv("CNNC_UPDATE") == nil {
      let width = "\(inputs.count)".count
      let files = inputs.enumerated().map { index, bytes in
        (name: String(repeating: "0", count: width - "\(index)".count) + "\(index)", bytes: bytes)
      }
      try AtomicFile.write(files, in: folder)
    }
    #expect(inputs.count > 20)
    for input in inputs { reader.read(input) }
  }
}
