import CNNEmit
import CNNGraph
import CNNPlan
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An emitted program beside the session that it has to compute like.
final class CompiledC {
  let emission: Emission
  let folder: TemporaryFolder
  private let bound: BoundWeights

  /// - Parameter seed: of the weights, which are drawn.
  init(_ network: CheckedNetwork, seed: UInt64 = 1, _ change: (inout Emission.Options) -> Void = { _ in })
    throws
  {
    var options = Emission.Options(.c)
    change(&options)
    let weights = try Weights(drawing: GraphBuilder.build(network).initialTensors(), seed: seed)
    let emission = try Emission(network, weights: { weights.values(of: $0) }, options: options)
    let bound = try BoundWeights(weights, for: emission.plan)
    self.emission = emission
    self.bound = bound
    folder = try TemporaryFolder()
    try CEmitter.emit(emission) { bound.values(at: $0, count: $1) }.write(to: folder.path)
  }

  /// What the session computes of an input.
  func expected(_ input: [Float]) throws -> [Float] {
    var session = try Session(emission.plan, weights: bound)
    session.copyInput(from: input.span)
    session.run()
    return session.output()
  }

  /// What the compiled program computes.
  /// - Parameters:
  ///   - compiler: of the program, with its flags; `-DEXACT_ARENA` gives it no byte more than it asks for.
  func output(of input: [Float], compiler: String, flags: [String]) throws -> [Float] {
    let name = emission.identifier
    let inFile = emission.weightsPlace == .file
    let strict = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    try Shell.run(
      [compiler] + strict + flags + ["-c", "\(folder.path)/\(name).c", "-o", "\(folder.path)/\(name).o"])
    try Shell.run(
      [
        compiler, "-std=gnu99", "-O1", "-I", folder.path, "-DHEADER=\"\(name).h\"", "-DPREFIX=\(name)",
        "-DMACRO=\(name.uppercased())",
      ] + flags.filter { flag in ["-fsanitize", "-DEXACT"].contains { flag.hasPrefix($0) } }
        + (inFile ? ["-DWEIGHTS_IN_FILE"] : []) + [
          Shell.root + "/Tests/CNNKernelsTests/run_emitted.c", "\(folder.path)/\(name).o", "-lm", "-o",
          "\(folder.path)/run",
        ])
    let bytes = input.withUnsafeBytes { Array($0) }
    try folder.write("input", bytes)
    // The program around it frees nothing.
    try Shell.run(
      ["env", "ASAN_OPTIONS=detect_leaks=0", "\(folder.path)/run", "\(folder.path)/input"]
        + ["\(folder.path)/output"]
        + (inFile ? ["\(folder.path)/\(name)_weights.bin"] : []))
    let result = try FileSystem.read(folder.path + "/output")
    return result.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }
}

/// Programs that a test runs.
enum Shell {
  static let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

  /// Swift's own clang; nil where Swift has none beside it.
  static let clang = first("\"$(dirname \"$(readlink -f \"$(command -v swift)\")\")/clang\"")
  static let gcc = first("\"$(command -v gcc)\"")

  /// A program's path, if it is there.
  private static func first(_ expression: String) -> String? {
    guard let folder = try? TemporaryFolder() else { return nil }
    let status = system("p=\(expression); [ -x \"$p\" ] && printf %s \"$p\" > '\(folder.path)/path'")
    guard status == 0, let bytes = try? FileSystem.read(folder.path + "/path"), !bytes.isEmpty else {
      return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs a program to its end, which has to be a good one; what it has printed otherwise.
  static func run(_ words: [String]) throws {
    let folder = try TemporaryFolder()
    let command = words.map { "'\($0.replacing("'", with: "'\\''"))'" }.joined(separator: " ")
    guard system("\(command) > '\(folder.path)/log' 2>&1") == 0 else {
      let log = String(decoding: try FileSystem.read(folder.path + "/log"), as: UTF8.self)
      throw Failure(description: "\(command)\n\(log.prefix(4000))")
    }
  }

  /// The flags with which clang compiles for what the session's kernels are compiled for.
  static func flags(for isa: String) -> [String] {
    switch isa {
    case "avx512": ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mavx2", "-mfma"]
    case "avx2": ["-mavx2", "-mfma"]
    default: []
    }
  }
}
