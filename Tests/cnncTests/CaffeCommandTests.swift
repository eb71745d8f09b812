import CNNSpec
import CNNTestSupport
import Testing

/// Caffe's networks on the command line.
struct CaffeCommandTests {
  static let fixtures =
    #filePath.split(separator: "/").dropLast(2).reduce(into: "") { $0 += "/" + $1 } + "/Fixtures/caffe/"

  /// The small network with each type of layer, and its weights under another name.
  private static func files(in folder: TemporaryFolder) throws -> (
    net: String, weights: String, input: String
  ) {
    let input = Array(try FileSystem.read(fixtures + "every.input"))
    let floats = input.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    return (
      try folder.write("net.prototxt", try FileSystem.read(fixtures + "every.prototxt")),
      try folder.write("trained.caffemodel", try FileSystem.read(fixtures + "every.caffemodel")),
      try folder.write("x.npy", Make.npy([3, 23, 29], floats))
    )
  }

  @Test func `a network and its weights become a spec and weights that run to the same numbers`() throws {
    let folder = try TemporaryFolder()
    let (net, weights, input) = try Self.files(in: folder)
    let result = try cnnc("import \(net) --weights \(weights) --output \(folder.path)/out")
    #expect(result.status == 0, "\(result)")
    #expect(
      result.errors.contains("note: the network does not say how an image becomes its input"), "\(result)")
    #expect(try folder.names.contains("out") && cnnc("check \(folder.path)/out/net.yaml").status == 0)
    let runs = ["\(folder.path)/out/net.yaml", "\(net) --weights \(weights)"]
    for (index, run) in runs.enumerated() {
      let result = try cnnc("run \(run) --input \(input) --output \(folder.path)/\(index).npy")
      #expect(result.status == 0, "\(result)")
    }
    let (a, b) = (try WrittenArray(folder.path + "/0.npy"), try WrittenArray(folder.path + "/1.npy"))
    #expect(a.shape == [1, 10] && a.values == b.values)
  }

  @Test func `a text alone becomes a spec alone, and the other commands take it`() throws {
    let folder = try TemporaryFolder()
    let (net, _, _) = try Self.files(in: folder)
    let result = try cnnc("import \(net) --output \(folder.path)/out")
    #expect(
      result.status == 0 && result.errors.contains("note: there is no `\(folder.path)/net.caffemodel`"),
      "\(result)")
    #expect(result.errors.contains("the numbers of `power` (Power), `sum` (Eltwise) are lost"), "\(result)")
    #expect(try FileSystem.names(in: folder.path + "/out") == ["net.yaml"])
    let quiet = try cnnc("import \(net) --output \(folder.path)/out --quiet")
    #expect(quiet.status == 0 && quiet.errors.isEmpty && quiet.output.isEmpty)
    let check = try cnnc("check \(net) --json").object()
    #expect((check["totals"] as? [String: Any])?["parameters"] as? Int == 4758)
    #expect(try cnnc("plan \(net)").status == 0)
    #expect(try cnnc("bench \(net) --json").object()["name"] as? String == "net")
  }

  @Test func `what is wrong is told, with its line, and nothing is written`() throws {
    let folder = try TemporaryFolder()
    let (net, weights, _) = try Self.files(in: folder)
    let text = String(decoding: try FileSystem.read(net), as: UTF8.self)
    let odd = try folder.write("odd.prototxt", Array(text.replacing("\"TanH\"", with: "\"AbsVal\"").utf8))
    let cut = try folder.write("cut.prototxt", Array(text.utf8.dropLast(3)))
    let other = try folder.write("other.caffemodel", Array(try FileSystem.read(weights).prefix(2000)))
    let few = try folder.write(
      "few.prototxt", Array(text.replacing("num_output: 20", with: "num_output: 30").utf8))
    let before = folder.names
    let cases: [(arguments: String, says: String)] = [
      (
        odd,
        "error[unsupported-model]: `tanh` (AbsVal): this type of layer is not supported\n    type: \"AbsVal\"\n          ^^^^^^^^"
      ),
      (cut, "error[model-file]: expected `}` for the `layer` that is opened here, found the end"),
      ("\(net) --weights \(other)", "\(other): error[model-file]: the file is not what the format says"),
      (
        "\(few) --weights \(weights)",
        "\(weights): error[weights-mismatch]: the weights of 2 layers are missing"
      ),
      (weights, "error[model-file]: a caffemodel has the weights of a network, which its prototxt says"),
      ("\(net) --weights \(folder.path)/none.caffemodel", "error[unreadable-file]"),
    ]
    for (arguments, says) in cases {
      let result = try cnnc("import \(arguments) --output \(folder.path)/out")
      #expect(result.status == 1 && result.output.isEmpty && result.errors.contains(says), "\(result)")
      #expect(folder.names == before)
    }
  }
}
