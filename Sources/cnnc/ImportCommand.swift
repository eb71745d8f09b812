import ArgumentParser
import CNN
import CNNImport
import CNNONNX
import CNNSpec

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make a spec and its weights of another program's model.",
    usage: """
      cnnc import MODEL.onnx --output DIR
      cnnc import NET.cfg [--weights NET.weights] --output DIR
      cnnc import NET.prototxt [--weights NET.caffemodel] --output DIR
      cnnc import STATE.safetensors [--spec SPEC] [--map torchvision] --output DIR
      """,
    discussion: """
      Writes NAME.yaml and, where there are weights, NAME.safetensors, NAME being the model's: all of it or nothing. \
      What a spec cannot say is listed, all at once. Wherever a command takes SPEC, it takes the model, too. NET.cfg is \
      a Darknet network, NET.prototxt one of Caffe, for use or for training.

      STATE.safetensors is a state_dict of PyTorch: its modules become the layers of --spec, one after the other, and \
      SPEC's weights are written. With --map torchvision, modules are taken in the order in which torchvision defines \
      its networks, and the spec may be left out: it is found among the shipped ones.
      """)

  @Argument(
    help: """
      An ONNX file, opsets \(OperatorTable.operatorSets.lowerBound) to \
      \(OperatorTable.operatorSets.upperBound), Darknet's NET.cfg, Caffe's NET.prototxt, or a safetensors file.
      """)
  var model: String

  @Option(
    help:
      "The weights of a network whose file has none: NET.weights, NET.caffemodel. Left out: the one beside it, if any."
  )
  var weights: String?

  @Option(help: "The folder to write to; it is made where it is not there.")
  var output: String

  @Option(help: "The network whose weights a state_dict holds.")
  var spec: String?

  @Option(
    help:
      "How the modules of a state_dict come to be layers: by `order`, which it is if left out, or by the names of `torchvision`."
  )
  var map: StateDict.Order?

  @OptionGroup var options: CommonOptions

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output names a folder") }
    if weights != nil, ModelLoader.weightsName(of: model) == nil {
      throw ValidationError("--weights is for networks whose file has none, such as NET.cfg and NET.prototxt")
    }
    if StateDictImport.isStateDict(model) {
      if spec == nil, map != .torchvision {
        throw ValidationError("--spec names the network whose weights \(model) holds")
      }
    } else if spec != nil || map != nil || !options.values.values.isEmpty {
      throw ValidationError("--spec, --map and --where are about a state_dict, a .safetensors file")
    }
  }

  func run() throws {
    if StateDictImport.isStateDict(model) {
      try importStateDict()
    } else {
      try importModel()
    }
  }

  private func importModel() throws {
    let file = weights ?? ModelLoader.weightsFile(nil, of: model)
    let network = try ModelLoader.network(model, weights: file)
    if !options.quiet {
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
    if options.json {
      printJSON(paths)
    } else if !options.quiet {
      printFiles(paths)
    }
  }

  private func importStateDict() throws {
    let work = StateDictImport(path: model, spec: spec, order: map ?? .order)
    var result: StateDictImport.Result?
    try Interrupts.finishing { () throws(Diagnostics) in result = try work.run(to: output, options) }
    guard let result else { preconditionFailure("it ran") }
    if !options.quiet {
      if spec == nil { Console.error("note: the modules are the layers of the shipped `\(result.spec)`") }
      if !result.match.leftOut.isEmpty {
        Console.error(
          "note: left out, as only training has them: \(result.match.leftOut.joined(separator: ", "))")
      }
    }
    if options.json {
      let layers = result.match.pairs.map { pair in
        JSONValue.object(["layer": .string(pair.layer), "module": .string(pair.module)])
      }
      printJSON([result.path], [("spec", .string(result.spec)), ("layers", .array(layers))])
    } else if !options.quiet {
      let width = result.match.pairs.map(\.layer.count).max() ?? 0
      for pair in result.match.pairs {
        Console.print(
          pair.layer + String(repeating: " ", count: width - pair.layer.count) + "  \(pair.module)")
      }
      printFiles([result.path])
    }
  }

  private func printJSON(_ paths: [String], _ others: [(key: String, value: JSONValue)] = []) {
    Console.print(JSONValue.object([("files", .strings(paths))] + others).text)
  }

  private func printFiles(_ paths: [String]) {
    for path in paths { Console.print("\(path)  \(Figures.bytes(FileSystem.size(of: path) ?? 0))") }
  }
}

extension StateDict.Order: ExpressibleByArgument {}
