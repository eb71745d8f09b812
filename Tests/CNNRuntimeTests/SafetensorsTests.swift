import CNNEmbedding
import CNNSpec
import Testing

@testable import CNNRuntime

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct SafetensorsTests {
  /// A path of its own in the folder for temporary files, removed at the end.
  static func withPath(_ body: (String) throws -> Void) throws {
    let path = "/tmp/cnn-safetensors-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    defer { unlink(path) }
    try body(path)
  }

  /// A file of this header and that many bytes of data.
  static func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
    let length = length ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
      + (0..<data).map { UInt8(truncatingIfNeeded: $0) }
  }

  /// What reading these bytes complains about.
  static func complaint(_ bytes: [UInt8]) throws -> String? {
    var text: String?
    try withPath { path in
      try AtomicFile.write(bytes, to: path)
      do throws(Diagnostics) {
        _ = try Weights(SafetensorsFile(path))
      } catch {
        #expect(error.all.allSatisfy { $0.code == .weightsFile && $0.place == .file(path) })
        text =
          error.all.map(\.message).joined(separator: "\n") + error.all.flatMap(\.help).joined(separator: "\n")
      }
    }
    return text
  }

  @Test func `what is written is read`() throws {
    let tensors = [
      NamedTensor("conv1.weight", [2, 1, 1, 3], [1, -2, 3.5, .infinity, 0, -0.0]),
      NamedTensor("empty", [0, 3], []),
      NamedTensor("scalar \"\\\u{1}é🙂", [], [42]),
    ]
    try Self.withPath { path in
      try SafetensorsWriter.write(tensors, metadata: [("format", "pt"), ("a\n", "\"b\"")], to: path)
      let file = try SafetensorsFile(path)
      #expect(file.metadata == ["format": "pt", "a\n": "\"b\""])
      let weights = try Weights(file)
      #expect(weights.names == tensors.map(\.name))
      for tensor in tensors {
        #expect(weights.dimensions(of: tensor.name) == tensor.dimensions)
        #expect(weights.values(of: tensor.name) == tensor.values)
      }
      let bytes = try FileSystem.read(path)
      try SafetensorsWriter.write(tensors, metadata: [("format", "pt"), ("a\n", "\"b\"")], to: path)
      #expect(try FileSystem.read(path) == bytes)
      #expect(file.tensors.allSatisfy { $0.range.lowerBound % 4 == 0 })
    }
  }

  @Test func `the bytes are those of the format`() {
    let header = SafetensorsIndex.header(of: [("a", [1])])
    let text = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  "#
    #expect(header == [56, 0, 0, 0, 0, 0, 0, 0] + Array(text.utf8))
  }

  @Test func `data that is not aligned is read too`() throws {
    for blanks in 0..<4 {
      let blank = String(repeating: " ", count: blanks)
      let header = #"{"a":{"data_offsets":[0,8],"shape":[2],"dtype":"F32"}}"# + blank
      try Self.withPath { path in
        let numbers: [Float] = [1.5, -3]
        let data = numbers.withUnsafeBytes(Array.init)
        try AtomicFile.write(Self.file(header) + data, to: path)
        #expect(try Weights(SafetensorsFile(path)).values(of: "a") == [1.5, -3])
      }
    }
  }

  @Test func `what is no such file is a finding`() throws {
    #expect(throws: Diagnostics.self) { try SafetensorsFile("/no/such/file") }
    #expect(throws: Diagnostics.self) { try SafetensorsFile("/tmp") }
    #expect(throws: Diagnostics.self) { try SafetensorsFile("/dev/null") }
    #expect(throws: Diagnostics.self) { try SafetensorsFile("a\0b") }
    #expect(try Self.complaint([]) == "expected a safetensors file, found an empty file")
    #expect(try Self.complaint([1, 2, 3]) == "expected a safetensors file, found 3 bytes")
  }

  /// A header, the bytes of data behind it, and a part of the message.
  static let broken: [(String, Int, String)] = [
    ("", 0, "expected '{'"),
    ("[]", 0, "expected '{'"),
    ("{", 0, "expected '\"'"),
    ("{} x", 0, "expected the header's end"),
    (#"{"a":1}"#, 0, "expected '{'"),
    (#"{"a":{}}"#, 0, "expected dtype, shape and two ascending data_offsets of \"a\""),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "two ascending data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":[[[[]]]]}}"#, 4, "found \"x\""),
    (#"{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}"#, 4, "an integer of 0 or more"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "an integer of 0 or more"),
    (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4, "an integer of 0 or more"),
    (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, 4, "below 2^63"),
    (
      #"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, 4,
      "at most 16"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 4, "at most 2"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4, "over 2^63 bytes"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "takes 8 bytes, the offsets give it 4"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, "expected 4 bytes of tensors, found 3"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "expected 4 bytes of tensors, found 5"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "leaves bytes before it unused"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      8, "b shares bytes with the tensor before it"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#,
      0, "each name once, found \"a\" again"
    ),
    (#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4, "a is F16"),
    (
      #"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4,
      "convert the file to F32, as `cnnc import"
    ),
    (#"{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}"#, 4, "found 1 tensor of unsupported types"),
    (#"{"a":{"dtype":"X9","shape":[2],"data_offsets":[0,4]}}"#, 4, "a is X9"),
    (#"{"__metadata__":{"a":1}}"#, 0, "expected '\"'"),
    (#"{"\ud800":{}}"#, 0, "a Unicode scalar"),
    (#"{"\x":{}}"#, 0, "an escape that JSON knows"),
    (#"{"\u12"#, 0, "four hexadecimal digits"),
    ("{\"a\u{1}\":{}}", 0, "no control characters"),
  ]

  @Test(arguments: broken.indices)
  func `a broken file is a finding`(index: Int) throws {
    let (header, data, expected) = Self.broken[index]
    let found = try Self.complaint(Self.file(header, data: data))
    #expect(found?.contains(expected) == true, "\(header): \(found ?? "accepted")")
  }

  @Test func `hostile lengths, bytes and depths are findings`() throws {
    for length in [UInt64(1) << 60, .max, 100_000_001, 3, 10_000] {
      #expect(try Self.complaint(Self.file("{}", length: length)) != nil)
    }
    #expect(try Self.complaint([4, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF, 0x22])?.contains("UTF-8") == true)
    let deep = String(repeating: "{\"a\":", count: 200_000)
    #expect(try Self.complaint(Self.file(deep)) != nil)
    let good = Self.file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, data: 8)
    #expect(try Self.complaint(good) == nil)
    for count in 0..<good.count { #expect(try Self.complaint(Array(good[..<count])) != nil, "\(count)") }
  }

  @Test func `what PyTorch counts batches in is passed over`() throws {
    let header = #"{"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}"#
    #expect(try Self.complaint(Self.file(header, data: 8)) == nil)
  }
}
