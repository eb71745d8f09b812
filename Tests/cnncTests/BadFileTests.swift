import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// Weights, images and data that are not what they should be: the file is named, help is given.
struct BadFileTests {
  static let boot = Repository.path("specs/lenet5.png")

  /// A failed run: code 1, no result, the file as the place, and help.
  private func expectRefused(
    _ line: String, _ file: String, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try cnnc(line)
    #expect(result.status == 1 && result.output.isEmpty, "\(result)", sourceLocation: sourceLocation)
    #expect(result.errors.contains("\(file): error[\(code)]: "), "\(result)", sourceLocation: sourceLocation)
    #expect(result.errors.contains("help:"), "\(result)", sourceLocation: sourceLocation)
    #expect(result.errors.utf8.count < 20_000, sourceLocation: sourceLocation)
  }

  static let headers: [(String, [UInt8])] = [
    ("empty", []), ("text", Array("not weights at all, but long enough".utf8)),
    ("claims 2^60 bytes", Make.safetensors("{}", claiming: 1 << 60)),
    ("claims 2^64 - 1 bytes", Make.safetensors("{}", claiming: .max)),
    ("no object", Make.safetensors("[1, 2]")),
    (
      "a tensor past the end",
      Make.safetensors("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", [0, 0])
    ),
    (
      "a shape of 2^64",
      Make.safetensors("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}")
    ),
    ("nested", Make.safetensors(String(repeating: "[", count: 100_000))),
  ]

  @Test(arguments: headers) func `weights that are none`(_: String, bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("w.safetensors", bytes)
    try expectRefused("run lenet5 --input \(Self.boot) --weights \(path)", path, "weights-file")
  }

  @Test func `weights that are cut, of another network, missing, a folder`() throws {
    let folder = try TemporaryFolder()
    let whole = try FileSystem.read(Repository.path("specs/lenet5.safetensors"))
    for length in [1, 8, 100, whole.count / 2, whole.count - 1] {
      let path = try folder.write("cut.safetensors", Array(whole[..<length]))
      try expectRefused("run lenet5 --input \(Self.boot) --weights \(path)", path, "weights-file")
    }
    let other = Repository.path("specs/lenet5.safetensors")
    try expectRefused("run lenet1 --input \(Self.boot) --weights \(other)", other, "weights-mismatch")
    let listed = try cnnc("run lenet1 --input \(Self.boot) --weights \(other)").errors
    #expect(listed.contains("not in the network: fc3.weight"), "\(listed)")
    for path in [folder.path, folder.path + "/none", Self.boot + "/x"] {
      try expectRefused("run lenet5 --input \(Self.boot) --weights \(path)", path, "unreadable-file")
    }
  }

  static let images: [(String, [UInt8])] = [
    ("empty", []), ("text", Array("no image".utf8)), ("png", [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10]),
    ("jpeg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 0]), ("pnm", Array("P5 99999999999 99999999999 255\n".utf8)),
    ("gzip", [0x1F, 0x8B, 8, 0]), ("idx", Make.idx([1 << 30, 28, 28], [1])),
    ("npy", Make.npy("|u1", [28, 28], [1])), ("objects", Make.npy("|O", [1], [0, 0, 0, 0, 0, 0, 0, 0])),
  ]

  @Test(arguments: images) func `an image that is none`(_: String, bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("image", bytes)
    try expectRefused("run lenet5 --input \(path)", path, "input-file")
  }

  @Test func `an image of another shape, missing, a folder, locked`() throws {
    let folder = try TemporaryFolder()
    let shape = try folder.write("s.npy", Make.npy([3, 2, 2], [Float](repeating: 0, count: 12)))
    try expectRefused("run lenet5 --input \(shape)", shape, "input-shape")
    let none = folder.path + "/none.png"
    try expectRefused("run lenet5 --input \(none)", none, "unreadable-file")
    try expectRefused("run lenet5 --input \(folder.path)", folder.path, "unreadable-file")
    // All of them are reported at once.
    let both = try cnnc("run lenet5 --input \(none) \(folder.path) \(Self.boot)")
    #expect(both.errors.contains("none.png: error") && both.errors.contains("2 errors"))
    guard geteuid() != 0 else { return }
    chmod(shape, 0)
    try expectRefused("run lenet5 --input \(shape)", shape, "unreadable-file")
  }

  @Test func `a spec that is missing, a folder, endless`() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path + "/none.yaml", folder.path] {
      let result = try cnnc("check \(path)")
      #expect(result.status == 1 && result.errors.contains("\(path): error[unreadable-file]"))
      #expect(result.errors.contains("help:"))
    }
    let near = try cnnc("check lenet6")
    #expect(near.status == 1 && near.errors.contains("did you mean the shipped `lenet"))
    let endless = try cnnc("check /dev/zero")
    #expect(endless.status == 1 && endless.errors.contains("/dev/zero: error[file-too-large]"))
  }

  @Test func `a data folder that is empty, missing, a file`() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("file", "x")
    let empty = folder.makeFolder("empty")
    for path in [empty, folder.path + "/none", file] {
      let result = try cnnc("eval lenet5 --data \(path)")
      #expect(
        result.status == 1 && result.output.isEmpty && result.errors.contains("\(path): error["), "\(result)")
      #expect(result.errors.contains("help:"), "\(result)")
    }
  }
}
