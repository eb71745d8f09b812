import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// `--autotune` of the commands, with a cache folder of the test's.
struct AutotuneTests {
  private let folder: TemporaryFolder
  private let spec: String

  init() throws {
    folder = try TemporaryFolder()
    let text = "input: 16x8x8\nnetwork: conv(16, 3, pad=1) - relu - conv(20, 1)"
    spec = try folder.write("small.yaml", text)
  }

  private func run(_ line: String, cache: String? = nil, home: String = "") throws -> CommandResult {
    let environment = ["XDG_CACHE_HOME": cache ?? folder.path + "/cache", "HOME": home]
    let result = try Command.run(
      line.split(separator: " ").map(String.init), environment: environment, limit: 300)
    #expect(result.status == 0, "\(line): \(result)")
    return result
  }

  /// The kernels of a plan's steps.
  private func kernels(_ options: String) throws -> [String] {
    let steps = try #require(try run("plan \(spec) --json \(options)").object()["steps"] as? [[String: Any]])
    return steps.compactMap { $0["kernel"] as? String }
  }

  private func path() throws -> String {
    let cache = folder.path + "/cache/cnnc"
    let name = try #require(try FileSystem.names(in: cache).first)
    #expect(name.hasPrefix("autotune-") && name.hasSuffix(".json"))
    return "\(cache)/\(name)"
  }

  @Test func `what was measured once is not measured again`() throws {
    let first = try run("plan \(spec) --autotune --threads 1")
    #expect(first.errors == "note: --autotune measured 2 convolutions of `small`\n")
    let bytes = try FileSystem.read(try path())
    let second = try run("plan \(spec) --autotune --threads 1")
    #expect(second.errors.isEmpty && second.output == first.output)
    #expect(try FileSystem.read(try path()) == bytes)
    #expect(try run("plan \(spec) --autotune --threads 2 --quiet").errors.isEmpty)
    #expect(try FileSystem.read(try path()) != bytes)
  }

  @Test func `plan, run and bench follow the table`() throws {
    _ = try run("plan \(spec) --autotune --threads 1")
    // Of a thousand nanoseconds each, but Winograd's.
    let text = String(decoding: try FileSystem.read(try path()), as: UTF8.self)
    let even = text.replacing(/: \d+(?=[,}])/) { $0.output == ": 1" ? ": 1" : ": 1000" }
    let table = even.replacing("\"winograd 2x2\": 1000", with: "\"winograd 2x2\": 1")
    #expect(table != even)
    try folder.write(String(try path().dropFirst(folder.path.count + 1)), table)
    let winograd = try kernels("--autotune --threads 1")
    #expect(winograd.contains("winograd_input+winograd_output"))
    #expect(try run("plan \(spec) --autotune --threads 1").output.contains("winograd 2x2"))
    #expect(try !kernels("--autotune --threads 1 --exact").contains { $0.contains("winograd") })
    let bench = try run("bench \(spec) --autotune --threads 1 --profile --json --quiet").object()
    let layers = try #require(bench["layers"] as? [[String: Any]])
    #expect(layers.compactMap { $0["kernel"] as? String } == winograd)
    let image = try folder.write("x.npy", Make.npy([16, 8, 8], (0..<1024).map { Float($0) / 1024 }))
    var outputs: [[Float]] = []
    for options in ["--autotune", "--exact"] {
      let output = "\(folder.path)/y.npy"
      let line = "run \(spec) --input \(image) --output \(output) --threads 1 \(options)"
      #expect(try !run(line).errors.contains("--autotune"))
      outputs.append(try WrittenArray(output).values)
    }
    let error = zip(outputs[0], outputs[1]).map { abs($0 - $1) }.max() ?? .infinity
    // Other rounding, the same numbers.
    #expect(error > 0 && error < 1e-4)
  }

  @Test func `a broken table and a folder that cannot be had are told`() throws {
    _ = try run("plan \(spec) --autotune")
    try folder.write(String(try path().dropFirst(folder.path.count + 1)), "{")
    let broken = try run("plan \(spec) --autotune")
    #expect(broken.errors.contains("is broken") && broken.errors.contains("measured 2 convolutions"))
    #expect(try run("plan \(spec) --autotune").errors.isEmpty)
    let blocked = try run("plan \(spec) --autotune", cache: "/dev/null")
    #expect(blocked.errors.contains("did not store what it measured: /dev/null"), "\(blocked.errors)")
    let homeless = try run("plan \(spec) --autotune", cache: "")
    #expect(homeless.errors.contains("neither XDG_CACHE_HOME nor HOME"), "\(homeless.errors)")
    _ = try run("plan \(spec) --autotune", cache: "relative", home: folder.makeFolder("home"))
    #expect(try FileSystem.names(in: folder.path + "/home/.cache/cnnc").count == 1)
  }

  @Test(arguments: [
    "bench lenet5 --training --autotune", "plan lenet5 --training --autotune", "bench --limits --autotune",
  ])
  func `where there is nothing to choose, it is refused`(line: String) throws {
    let result = try cnnc(line)
    #expect(result.status == 64 && result.output.isEmpty, "\(result)")
  }
}
