import CNNSpec
import Foundation
import Testing

struct CommandLineTests {
  /// Wrong command lines and what the message has to say.
  static let wrong: [(String, String)] = [
    ("chek lenet5", "did you mean `check`?"), ("plna", "did you mean `plan`?"), ("quatsch", "help:"),
    ("--verison", "did you mean `--version`?"), ("check", "spec"), ("check lenet5 --jsn", "--json"),
    ("check lenet5 --batch 0", "at least one"), ("check lenet5 --batch x", "'x'"),
    ("check lenet5 --where N", "--where"), ("check lenet5 --where N=", "--where"),
    ("check lenet5 --where N=1,", "--where"), ("check lenet5 --where N=99999999999999999999", "--where"),
    ("plan", "spec"), ("plan lenet5 lenet1", "lenet1"), ("plan lenet5 --batch", "--batch"),
    ("run lenet5", "--input"), ("run lenet5 --bogus", "--bogus"), ("run lenet5 --input a --tpo 3", "--top"),
    ("run lenet5 --input a --top 0", "--top"), ("run lenet5 --input a --index -1", "--index"),
    ("run lenet5 --input a --outputs ,", "--outputs"), ("run lenet5 --input a --seed -1", "--seed"),
    ("eval lenet5", "--data"), ("eval lenet5 --data x --threads 0", "--threads"),
    ("bench", "--limits"), ("bench lenet5 --limits", "not about `lenet5`"),
    ("bench lenet5 --bogus", "--bogus"),
    ("bench lenet5 --batch 0", "at least one"), ("bench lenet5 --threads 0", "--threads"),
    ("bench --limits --profile", "--limits"), ("bench --limits --training", "--limits"),
    ("bench --limits --batch 2", "--limits"), ("bench --limits --weights w", "--limits"),
    ("bench --limits --where N=2", "--limits"),
    ("bench lenet5 lenet1", "lenet1"), ("explain window-does-not-fti", "did you mean `window-does-not-fit`?"),
    ("kinds conv conv", "conv"),
  ]

  @Test(arguments: wrong) func `is a usage error`(line: String, says: String) throws {
    let result = try cnnc(line)
    #expect(result.status == 64 && result.output.isEmpty, "\(result)")
    #expect(result.errors.contains(says), "\(result.errors)")
  }

  @Test func `version and help are results`() throws {
    let version = try cnnc("--version")
    #expect(version.status == 0 && version.errors.isEmpty)
    #expect(try version.output.wholeMatch(of: Regex("[0-9]+\\.[0-9]+\\.[0-9]+\n")) != nil)
    for line in [
      "--help", "help", "help run", "run --help", "check -h", "eval --help", "plan --help", "bench --help",
      "",
    ] {
      let help = try cnnc(line)
      #expect(help.status == 0 && help.errors.isEmpty && help.output.contains("USAGE: cnnc"), "\(line)")
      #expect(help.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(help.output)")
    }
  }

  @Test func `kinds, codes and the schema`() throws {
    let kinds = try cnnc("kinds")
    #expect(kinds.status == 0 && kinds.output.contains("conv") && kinds.output.contains("softmax"))
    let list = try #require(try cnnc("kinds --json").json() as? [[String: Any]])
    #expect(list.contains { $0["name"] as? String == "conv" })
    #expect(try cnnc("kinds POOL").output.hasPrefix("maxpool, pool\n"))
    let unknown = try cnnc("kinds convv")
    #expect(unknown.status == 64 && unknown.errors.contains("did you mean `conv`?"))
    let codes = try cnnc("explain").output.split(separator: "\n").map(String.init)
    #expect(codes == DiagnosticCode.allCases.map(\.rawValue))
    for code in codes {
      let result = try cnnc("explain \(code)")
      #expect(result.status == 0 && result.output.hasPrefix("\(code)\n"))
      #expect(result.output.utf8.count > 60, "\(code) is not explained")
    }
    let schema = try cnnc("schema").object()
    #expect(schema["$schema"] is String)
  }

  static let lines = [
    "check lenet5", "check vgg16", "check resnet50", "check googlenet", "check unet", "check lecture",
    "check mobilenet-v2", "check densenet121", "plan lenet5", "plan resnet50", "plan googlenet", "plan unet",
    "plan mobilenet-v2", "plan vgg16 --batch 512", "kinds", "check lenet5 lenet1 lecture", "explain",
  ]

  @Test(arguments: lines) func `results fit a terminal of 80 columns`(line: String) throws {
    let result = try cnnc("\(line)\(line == "kinds" || line == "explain" ? "" : " --quiet")")
    #expect(result.status == 0 && result.errors.isEmpty)
    for line in result.output.split(separator: "\n") {
      #expect(line.count <= 80 && line.last != " ", "\(line)")
    }
  }

  @Test func `no colour outside a terminal, nor with NO_COLOR`() throws {
    for environment in [["TERM": "xterm"], ["TERM": "xterm", "NO_COLOR": "1"]] {
      let result = try Command.run(["check", "-"], environment: environment)
      #expect(result.status == 1 && !result.errors.utf8.contains(0x1B))
    }
  }

  @Test func `a reader that goes away is no crash`() throws {
    for line in ["kinds", "check densenet121 --json", "explain"] {
      let process = Command.process(line.split(separator: " ").map(String.init))
      let pipe = Pipe()
      process.standardOutput = pipe.fileHandleForWriting
      process.standardError = FileHandle.nullDevice
      try pipe.fileHandleForReading.close()
      _ = try Command.wait(for: process)
      // Ended by SIGPIPE, as any tool in a pipe, or in peace.
      #expect([0, 128 + SIGPIPE].contains(Command.status(of: process)), "\(line)")
    }
  }

  @Test func `a full disk is an error`() throws {
    guard FileSystem.kind(of: "/dev/full") != nil else { return }
    let line = ["run", "lenet5", "--input", RunCommandTests.boot, "--output", "/dev/full"]
    let result = try Command.run(line)
    #expect(result.status == 1 && result.errors.contains("/dev/full: error[output-file]"))
  }
}
