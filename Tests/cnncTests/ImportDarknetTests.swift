import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// Darknet's networks, whose weights are in a file of their own.
struct ImportDarknetTests {
  static let fixtures = "\(#filePath)".components(separatedBy: "/Tests/")[0] + "/Tests/Fixtures/darknet"

  /// A folder with a network and, unless they are left out, its weights, and an image.
  static func folder(weights: String? = "pass.weights") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    _ = try folder.write("pass.cfg", try FileSystem.read("\(fixtures)/pass.cfg"))
    if let weights { _ = try folder.write(weights, try FileSystem.read("\(fixtures)/pass.weights")) }
    _ = try folder.write("x.npy", Make.npy([1, 9, 9], (0..<81).map { Float($0 * 7919 % 1000) / 1000 }))
    return folder
  }

  @Test func `a network and its weights become a spec and weights, which run to the same numbers`() throws {
    let folder = try Self.folder()
    let result = try cnnc("import \(folder.path)/pass.cfg --output \(folder.path)/out")
    #expect(result.status == 0, "\(result)")
    #expect(
      result.errors == """
        note: the weights are those of `\(folder.path)/pass.weights`
        note: \(folder.path)/pass.cfg:22: [cost] is for training and left out

        """)
    let spec = String(decoding: try FileSystem.read(folder.path + "/out/pass.yaml"), as: UTF8.self)
    #expect(spec.contains("of pass.cfg, Darknet.") && spec.contains("channels=0x1) - softmax\n"), "\(spec)")
    for (name, network) in [("a", "out/pass.yaml"), ("b", "pass.cfg")] {
      let run = try cnnc(
        "run \(folder.path)/\(network) --input \(folder.path)/x.npy --output \(folder.path)/\(name).npy")
      #expect(run.status == 0, "\(run)")
    }
    let (a, b) = (try WrittenArray(folder.path + "/a.npy"), try WrittenArray(folder.path + "/b.npy"))
    #expect(a.shape == [1, 82] && a.values == b.values)
    #expect(abs(a.values.reduce(0, +) - 1) < 1e-5)
  }

  @Test func `the weights may have another name, and safetensors do, too`() throws {
    let folder = try Self.folder(weights: "other.dat")
    let path = folder.path
    let imported = try cnnc(
      "import \(path)/pass.cfg --weights \(path)/other.dat --output \(path)/out --quiet")
    #expect(imported.status == 0 && imported.errors.isEmpty, "\(imported)")
    for (name, weights) in [("a", "other.dat"), ("b", "out/pass.safetensors")] {
      let run = try cnnc(
        "run \(path)/pass.cfg --weights \(path)/\(weights) --input \(path)/x.npy --output \(path)/\(name).npy"
      )
      #expect(run.status == 0 && run.errors.isEmpty, "\(run)")
    }
    #expect(try WrittenArray(path + "/a.npy").values == WrittenArray(path + "/b.npy").values)
  }

  @Test func `without weights there is the spec alone, and a run draws them`() throws {
    let folder = try Self.folder(weights: nil)
    let path = folder.path + "/pass.cfg"
    let result = try cnnc("import \(path) --output \(folder.path)/out --json")
    #expect(try result.object()["files"] as? [String] == ["\(folder.path)/out/pass.yaml"])
    #expect(
      result.errors.hasPrefix("note: there is no `\(folder.path)/pass.weights`: only the spec is written\n"))
    let run = try cnnc("run \(path) --input \(folder.path)/x.npy")
    #expect(
      run.status == 0 && run.errors.contains("note: there are no weights for `\(path)`: drawn from seed 1"))
    #expect(try cnnc("check \(path) --json").object()["ok"] as? Bool == true)
    #expect(try cnnc("plan \(path)").status == 0)
    #expect(try cnnc("bench \(path) --json").object()["name"] as? String == "pass")
  }

  @Test func `what is wrong is told, and nothing is written`() throws {
    let folder = try Self.folder()
    let path = folder.path
    let whole = try FileSystem.read("\(path)/pass.weights")
    let cut = try folder.write("cut.weights", Array(whole.dropLast(8)))
    let odd = try folder.write("odd.cfg", "[net]\nchannels=1\nheight=2\nwidth=2\n[gru]\n[what]\n")
    let before = folder.names
    let cases: [(line: String, says: String)] = [
      (
        "import \(path)/pass.cfg --weights \(cut)",
        "\(cut): error[model-file]: the network has 45 weights, the file holds 43"
      ),
      ("import \(path)/pass.cfg --weights \(path)/none", "\(path)/none: error[unreadable-file]"),
      ("import \(path)/none.cfg", "error[unreadable-file]"),
      (
        "import \(odd)",
        "\(odd):6:1: error[unsupported-model]: [what] cannot be imported: no such section is known"
      ),
    ]
    for (line, says) in cases {
      let result = try cnnc("\(line) --output \(path)/out")
      #expect(result.status == 1 && result.output.isEmpty, "\(result)")
      #expect(result.errors.contains(says) && result.errors.contains("help:"), "\(result.errors)")
      #expect(folder.names == before)
    }
    for command in ["check \(odd)", "run \(odd) --input x.npy", "plan \(odd)"] {
      let result = try cnnc(command)
      #expect(
        result.status == 1 && result.errors.contains("\(odd):5:1: error[unsupported-model]: [gru]"),
        "\(result)")
    }
    #expect(try cnnc("import net.onnx --weights a.weights --output \(path)/out").status == 64)
  }
}
