import ArgumentParser
import CNN
import CNNImport
import CNNONNX
import CNNSpec

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a spec and its weights of an ONNX model, or of a Darknet or Caffe network.",
    usage:
      "cnnc import MODEL.onnx|NET.cfg|NET.prototxt [--weights NET.weights|NET.caffemodel] --output FOLDER",
    discussion: """
      Writes NAME.yaml and NAME.safetensors, both of them or none, NAME being the model's. What a spec cannot say is \
      listed, all at once. `run`, `bench`, `check`, `plan` and `emit` take the model in place of a spec, too.
      """)

  @Argument(
    help:
      "An ONNX file, opsets \(OperatorTable.operatorSets.lowerBound) to \(OperatorTable.operatorSets.upperBound), Darknet's NET.cfg, or Caffe's NET.prototxt."
  )
  var model: String

  @Option(
    help:
      "The weights of a network whose file has none: NET.weights, NET.caffemodel. Left out: the one beside it, if any."
  )
  var weights: String?

  @Option(help: "The folder to write to; it is made where it is not there.")
  var output: String

  @Flag(help: "Print results as JSON, and nothing else.")
  var json = false

  @Flag(help: "Print errors only, no notes.")
  var quiet = false

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output names a folder") }
    if weights != nil, ModelLoader.weightsName(of: model) == nil {
      throw ValidationError("--weights is for networks whose file has none, such as NET.cfg and NET.prototxt")
    }
  }

  func run() throws {
    let file = weights ?? ModelLoader.weightsFile(nil, of: model)
    let network = try ModelLoader.network(model, weights: file)
    if !quiet {
      if weights == nil, let name = ModelLoader.weightsName(of: model) {
        Console.error(
          file == nil
            ? "note: there is no `\(name)`: only the spec is written"
            : "note: the weights are those of `\(name)`")
      }
      for note in network.notes { Console.error("note: \(note)") }
    }
    var paths: [String] = []
    try Interrupts.finishing { () throws(Diagnostics) in paths = try network.write(to: output) }
    if json {
      Console.print(JSONValue.object(["files": .array(paths.map { .string($0) })]).text)
    } else if !quiet {
      for path in paths { Console.print("\(path)  \(Figures.bytes(FileSystem.size(of: path) ?? 0))") }
    }
  }
}
