import ArgumentParser
import CNN
import CNNImport
import CNNONNX
import CNNSpec

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make a spec and its weights of an ONNX model.",
    usage: "cnnc import MODEL.onnx --output FOLDER",
    discussion: """
      Writes NAME.yaml and NAME.safetensors, both of them or none, NAME being the model's. Nodes that a spec cannot \
      say are listed, all at once. `run`, `bench`, `check`, `plan` and `emit` take MODEL.onnx in place of a spec, too.
      """)

  @Argument(
    help:
      "An ONNX file, opsets \(OperatorTable.operatorSets.lowerBound) to \(OperatorTable.operatorSets.upperBound)."
  )
  var model: String

  @Option(help: "The folder to write to; it is made where it is not there.")
  var output: String

  @Flag(help: "Print results as JSON, and nothing else.")
  var json = false

  @Flag(help: "Print errors only, no notes.")
  var quiet = false

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output names a folder") }
  }

  func run() throws {
    let network = try ModelLoader.network(model)
    if !quiet { for note in network.notes { Console.error("note: \(note)") } }
    var paths: [String] = []
    try Interrupts.finishing { () throws(Diagnostics) in paths = try network.write(to: output) }
    if json {
      Console.print(JSONValue.object(["files": .array(paths.map { .string($0) })]).text)
    } else if !quiet {
      for path in paths { Console.print("\(path)  \(Figures.bytes(FileSystem.size(of: path) ?? 0))") }
    }
  }
}
