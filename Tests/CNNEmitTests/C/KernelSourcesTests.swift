import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNEmit

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `KernelSources.swift` holds what C programs are made of, so that no source has to be there when one is emitted.
struct KernelSourcesTests {
  private static let root = String(#filePath.split(separator: "/").dropLast(4).joined(separator: "/"))
  private static func path(_ name: String) -> String { "/\(root)/\(name)" }

  /// The files of `Sources/CNNKernels` by their paths in it.
  private static func files() throws -> [String: String] {
    var files: [String: String] = [:]
    for folder in ["include", "kernels", "portable", "rows"] {
      for name in try FileSystem.names(in: path("Sources/CNNKernels/\(folder)")) where name.hasSuffix(".h") {
        let bytes = try FileSystem.read(path("Sources/CNNKernels/\(folder)/\(name)"))
        files["\(folder)/\(name)"] = String(decoding: bytes, as: UTF8.self)
      }
    }
    return files
  }

  @Test func `the emitter holds the kernels' sources, byte for byte`() throws {
    let files = try Self.files()
    var lines = [
      "// Made from `Sources/CNNKernels` by `CNNC_UPDATE=1 swift test --filter KernelSourcesTests`. Do not edit.",
      "// swift-format-ignore-file", "", "enum KernelSources {",
      "  static let texts: [(path: String, text: StaticString)] = [",
    ]
    for path in KernelText(files).paths {
      let text = try #require(files[path])
      try #require(!text.contains("\"\"\"##"))
      lines.append("    (\"\(path)\", ##\"\"\"")
      lines += text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      lines.append("\"\"\"##),")
    }
    let expected = (lines + ["  ]", "}", ""]).joined(separator: "\n")
    let path = Self.path("Sources/CNNEmit/C/KernelSources.swift")
    if getenv("CNNC_UPDATE") != nil { try AtomicFile.write(Array(expected.utf8), to: path) }
    let found = String(decoding: try FileSystem.read(path), as: UTF8.self)
    #expect(found == expected, "run CNNC_UPDATE=1 swift test --filter KernelSourcesTests")
  }
}
