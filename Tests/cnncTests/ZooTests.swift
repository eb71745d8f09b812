import CNNEmbedding
import CNNSpec
import CNNZoo
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The repository's folders, found from this file's place.
enum Repository {
  static let root = String(#filePath.split(separator: "/").dropLast(3).joined(separator: "/"))
  static func path(_ name: String) -> String { "/\(root)/\(name)" }
}

struct ZooTests {
  /// `Generated.swift` as the folder `specs` asks for.
  static func generated() throws -> String {
    let files = try FileSystem.names(in: Repository.path("specs"))
    func bytes(_ name: String) throws -> [UInt8] { try FileSystem.read(Repository.path("specs/\(name)")) }
    var lines = [
      "// Made from the folder `specs` by `CNNC_UPDATE=1 swift test --filter ZooTests`. Do not edit.",
      "// swift-format-ignore-file", "", "extension Zoo {",
      "  static let texts: [(name: String, text: StaticString)] = [",
    ]
    for file in files where file.hasSuffix(".yaml") {
      let text = String(decoding: try bytes(file), as: UTF8.self)
      lines.append("    (\"\(file.dropLast(5))\", ##\"\"\"")
      lines += text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      lines.append("\"\"\"##),")
    }
    lines += ["  ]", "", "  static let weightTexts: [(name: String, text: StaticString)] = ["]
    for file in files where file.hasSuffix(".safetensors") {
      lines.append("    (\"\(file.dropLast(12))\", \"\(Base64.encode(try bytes(file)))\"),")
    }
    return (lines + ["  ]", "}", ""]).joined(separator: "\n")
  }

  @Test func `the binary holds the folder specs, byte for byte`() throws {
    let path = Repository.path("Sources/CNNZoo/Generated.swift")
    let expected = try Self.generated()
    if getenv("CNNC_UPDATE") != nil { try AtomicFile.write(Array(expected.utf8), to: path) }
    let found = String(decoding: try FileSystem.read(path), as: UTF8.self)
    #expect(found == expected, "run CNNC_UPDATE=1 swift test --filter ZooTests")
  }

  @Test func `names, texts and weights come out as they went in`() throws {
    #expect(Zoo.names.contains("lenet5"))
    let text = try #require(Zoo.spec(named: "lenet5"))
    #expect(Array(text.utf8) == (try FileSystem.read(Repository.path("specs/lenet5.yaml"))))
    let weights = try #require(Zoo.weights(named: "lenet5"))
    #expect(weights == (try FileSystem.read(Repository.path("specs/lenet5.safetensors"))))
    #expect(Zoo.spec(named: "nothing") == nil)
  }
}
