import ArgumentParser
import CNN
import CNNONNX
import CNNSpec

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a network and its weights as an ONNX model.",
    usage: "cnnc export SPEC --output MODEL.onnx [--weights FILE] [OPTIONS]",
    discussion: """
      Writes opset \(ExportedModel.operatorSet), or \(ExportedModel.dilatedAverageSet) for average pools with a dilation. \
      Nodes are named as the layers, initializers as the weights' tensors; \
      labels and preprocessing go into the metadata. The batch is open. The file is written whole or not at all.
      """)

  @Argument(help: "A file, the name of a shipped spec, or `-` for standard input.")
  var spec: String

  @Option(help: "The file to write, MODEL.onnx.")
  var output: String

  @OptionGroup var weights: WeightsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard output.hasSuffix(".onnx") else { throw ValidationError("--output names a file MODEL.onnx") }
  }

  func run() throws {
    let input = try SpecInput(spec, weights: weights.weights)
    let model = try input.model(common)
    let loaded = try input.placing { () throws(Diagnostics) in
      try model.load(input.weights(weights, quiet: common.quiet))
    }
    let exported = ExportedModel(model.network)
    try Interrupts.finishing { () throws(Diagnostics) in try exported.write(loaded, to: output) }
    if common.json {
      Console.print(JSONValue.object(["files": .strings([output])]).text)
    } else if !common.quiet {
      Console.print("\(output)  \(Figures.bytes(FileSystem.size(of: output) ?? 0))")
    }
  }
}
