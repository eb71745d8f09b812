import CNNTestSupport
import Foundation
import Testing

/// The example in C against the dynamic library, built as its users build it.
struct CLibraryTests {
  private struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The folder of the build's products: the test bundle's, too.
  private static let products: String = {
    #if os(macOS)
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? Bundle.main
      return bundle.bundleURL.deletingLastPathComponent().path
    #else
      return Bundle.main.bundleURL.path
    #endif
  }()

  /// Runs a program that the shell's path finds, and waits for its end.
  private static func run(_ program: String, _ arguments: [String], in folder: TemporaryFolder) throws
    -> Result
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let files = try ["out", "err"].map { try folder.write($0, []) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: files[0]))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: files[1]))
    try process.run()
    process.waitUntilExit()
    let texts = try files.map {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: $0)), as: UTF8.self)
    }
    return Result(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }

  private static let warnings = [
    "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", C.root + "/Sources/CCNN/include",
  ]
  private static let example = C.root + "/Tests/Examples/CLibrary/classify.c"

  /// Compiles a source, all warnings being errors, and links it with the library.
  private static func build(
    _ source: String, with compiler: String, _ options: [String], in folder: TemporaryFolder
  ) throws -> String {
    let program = folder.path + "/program"
    let result = try run(
      compiler,
      options + warnings + [
        source, "-o", program, "-L", products, "-lcnn", "-Wl,-rpath,\(products)",
      ], in: folder)
    try #require(result.status == 0, "\(compiler): \(result.errors)")
    return program
  }

  @Test(arguments: ["-std=c99", "-std=c17"]) func `the example classifies the shipped image`(
    standard: String
  ) throws {
    let folder = try TemporaryFolder()
    let program = try Self.build(Self.example, with: "cc", [standard], in: folder)
    let found = try Self.run(program, [C.spec, C.weights, C.image], in: folder)
    #expect(found.output == "lenet5: 9 Ankle boot 0.99983\n")
    #expect(found.status == 0 && found.errors == "")

    let missing = try Self.run(program, [C.spec, "no such.safetensors", C.image], in: folder)
    #expect(missing.errors == C.missingText("no such.safetensors") + "\n")
    #expect(missing.status == 1 && missing.output == "")
  }

  @Test func `the static library, linked by Swift's compiler`() throws {
    let folder = try TemporaryFolder()
    let object = folder.path + "/classify.o"
    let compiled = try Self.run("cc", Self.warnings + ["-c", Self.example, "-o", object], in: folder)
    #expect(compiled.status == 0, "\(compiled.errors)")
    let program = folder.path + "/program"
    let linked = try Self.run(
      "swiftc", [object, Self.products + "/libcnn-static.a", "-o", program], in: folder)
    #expect(linked.status == 0, "\(linked.errors)")
    let found = try Self.run(program, [C.spec, C.weights, C.image], in: folder)
    #expect(found.output == "lenet5: 9 Ankle boot 0.99983\n", "\(found.errors)")
  }

  @Test(arguments: ["-std=c++11", "-std=c++20"]) func `C++ may include the header`(standard: String) throws {
    let folder = try TemporaryFolder()
    let source = try folder.write(
      "main.cpp",
      """
      #include <cnn.h>
      #include <iostream>
      #include <memory>

      struct Free {
        void operator()(char *text) const { cnn_text_free(text); }
      };

      int main() {
        cnn_network *network = nullptr;
        char *text = nullptr;
        cnn_status status = cnn_network_load("no such.yaml", "none", 1, 1, &network, &text);
        std::unique_ptr<char, Free> error(text);
        std::cout << cnn_status_name(status) << " " << error.get() << " " << (network == nullptr) << "\\n";
      }

      """)
    let program = try Self.build(source, with: "c++", [standard], in: folder)
    let found = try Self.run(program, [], in: folder)
    #expect(found.output == C.missing("no such.yaml") + " 1\n")
    #expect(found.status == 0)
  }
}
