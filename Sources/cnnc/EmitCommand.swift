import ArgumentParser
import CNN
import CNNEmit
import CNNGraph
import CNNRuntime
import CNNSpec

extension TargetLanguage: ExpressibleByArgument {}
extension TargetCPU: ExpressibleByArgument {}
extension Emission.WeightsPlace: ExpressibleByArgument {}

struct EmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emit", abstract: "Write the compiled network as source code, to embed.",
    usage: "cnnc emit SPEC --target LANGUAGE --output FOLDER [--weights FILE] [OPTIONS]",
    discussion: """
      What is written depends on the spec, the weights and the options, not on the machine: nothing is measured. \
      Without --weights, a file of the spec's name beside it is taken, then the shipped one; where there is none, the \
      program reads weights from a file that `cnnc emit --weights FILE` makes.
      """)

  @Argument(help: "A file, the name of a shipped spec, or `-` for standard input.")
  var spec: String

  @Option(help: "The weights, a safetensors file.")
  var weights: String?

  @Option(help: "The language.")
  var target: TargetLanguage

  @Option(help: "The folder to write to.")
  var output: String

  @Option(help: "Images of one run.")
  var batch = 1

  @Flag(help: "Multiply just what the definition multiplies: no Winograd.")
  var exact = false

  @Option(help: "The processor that algorithms are chosen for.")
  var cpu = TargetCPU.generic

  @Option(help: "The type's name. Left out: the spec's, `LeNet5` for lenet5.")
  var typeName: String?

  @Option(help: "Where weights go. Left out: into the source up to 1 MiB, otherwise into a file.")
  var weightsIn: Emission.WeightsPlace?

  @Flag(help: "Emit a training step, too.")
  var training = false

  @Flag(help: "Keep rows instead of whole activations where windows allow it, for small memories. In C only.")
  var lineBuffered = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if batch < 1 { throw ValidationError("a batch has at least one image") }
    if output.isEmpty { throw ValidationError("--output names a folder") }
    if training { throw ValidationError("--training is not there yet: only inference can be emitted") }
    if lineBuffered && target != .c {
      throw ValidationError(
        "--line-buffered is there for --target c only: \(target.title) keeps whole activations")
    }
  }

  func run() throws {
    let model = try SpecLoader.model(spec, common)
    var options = Emission.Options(target)
    options.batch = batch
    options.isExact = exact
    options.cpu = cpu
    options.typeName = typeName
    options.weightsPlace = weightsIn
    options.isLineBuffered = lineBuffered
    let loaded = try WeightsOptions.file(weights, for: spec).map { source throws(Diagnostics) in
      try model.load(source)
    }
    let elements = loaded.map { weights in { @Sendable (name: String) in weights.values(of: name) } }
    let emission = try SpecLoader.placing(spec) { () throws(Diagnostics) in
      try Emission(model.network, weights: elements, options: options)
    }
    if lineBuffered, emission.rows == nil, !common.quiet {
      Console.error(
        "note: rows would take more memory than whole activations, \(emission.arenaBytes) bytes: these are kept"
      )
    }
    let files: [EmittedFile] =
      switch target {
      case .swift: SwiftEmitter.emit(emission)
      case .c: CEmitter.emit(emission, read: try packed(loaded, emission))
      }
    try files.write(to: output)
    if common.json {
      let names = files.map { JSONValue.string(FileSystem.path(output, $0.name)) }
      Console.print(JSONValue.object(["files": .array(names)]).text)
    } else if !common.quiet {
      for file in files {
        Console.print("\(FileSystem.path(output, file.name))  \(Figures.bytes(file.bytes.count))")
      }
    }
  }

  /// What kernels read of the weights; nil where there are none.
  private func packed(_ weights: Weights?, _ emission: Emission) throws(Diagnostics) -> (
    (Location, Int) -> [Float]
  )? {
    guard let weights else { return nil }
    let bound = try BoundWeights(weights, for: emission.plan)
    return { bound.values(at: $0, count: $1) }
  }
}
