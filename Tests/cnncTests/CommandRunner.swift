import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// What a run of the command left behind.
struct CommandResult {
  /// The exit code; 128 and the signal's number where one ended it.
  var status: Int32
  var output: String
  var errors: String
  var seconds: Double

  /// Standard output as the one JSON document that it must be.
  func json(sourceLocation: SourceLocation = #_sourceLocation) throws -> Any {
    #expect(status == 0 || status == 1, "\(errors)", sourceLocation: sourceLocation)
    return try JSONSerialization.jsonObject(with: Data(output.utf8))
  }

  func object(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
    try #require(try json(sourceLocation: sourceLocation) as? [String: Any], sourceLocation: sourceLocation)
  }
}

/// Runs the built executable as a user does.
enum Command {
  /// Ten seconds on an idle machine; the tests share theirs.
  static let limit = 60.0

  /// The folder of the build's products: the test bundle's, too.
  static let folder: String = {
    #if os(macOS)
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? Bundle.main
      return bundle.bundleURL.deletingLastPathComponent().path
    #else
      return Bundle.main.bundleURL.path
    #endif
  }()

  static let path = folder + "/cnnc"

  /// Runs `cnnc` with arguments and waits for its end.
  /// - Parameters:
  ///   - tool: another of the build's products.
  ///   - input: what standard input holds.
  ///   - folder: the current folder of the command.
  ///   - output: a file or device for standard output in place of the result's text.
  static func run(
    _ arguments: [String], tool: String = "cnnc", input: [UInt8] = [], in folder: String? = nil,
    environment: [String: String] = [:], output: String? = nil, limit: Double = limit
  ) throws -> CommandResult {
    let temporary = try TemporaryFolder()
    let inputPath = try temporary.write("stdin", input)
    let outputPath = try output ?? temporary.write("stdout", [])
    let errorPath = try temporary.write("stderr", [])
    let process = process(arguments, in: folder, environment: environment)
    process.executableURL = URL(fileURLWithPath: "\(Self.folder)/\(tool)")
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: inputPath))
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputPath))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorPath))
    let seconds = try wait(for: process, limit: limit)
    func text(_ path: String) throws -> String { String(decoding: try FileSystem.read(path), as: UTF8.self) }
    return CommandResult(
      status: status(of: process), output: output == nil ? try text(outputPath) : "",
      errors: try text(errorPath), seconds: seconds)
  }

  /// A process that is not yet started, without colours and backtraces.
  static func process(
    _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]
  ) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["SWIFT_BACKTRACE": "enable=no"].merging(environment) { $1 }
    ) { $1 }
    return process
  }

  /// Starts a process and waits; one that takes too long is ended, and the test fails.
  static func wait(for process: Process, limit: Double = limit) throws -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try process.run()
    while process.isRunning {
      if clock.now - start > .seconds(limit) {
        kill(process.processIdentifier, SIGKILL)
        Issue.record("`cnnc \((process.arguments ?? []).joined(separator: " "))` ran past \(limit) s")
        break
      }
      usleep(2000)
    }
    process.waitUntilExit()
    return (clock.now - start) / .seconds(1)
  }

  static func status(of process: Process) -> Int32 {
    process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
  }
}

/// Runs `cnnc` with the arguments of a line, split at spaces.
func cnnc(_ line: String, input: String = "", in folder: String? = nil) throws -> CommandResult {
  try Command.run(line.split(separator: " ").map(String.init), input: Array(input.utf8), in: folder)
}
