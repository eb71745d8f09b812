import ArgumentParser
import CNN
import CNNImages
import CNNSpec

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Classify images.",
    usage: "cnnc run SPEC --input FILE... [--weights FILE] [OPTIONS]",
    discussion: """
      Inputs are PNG, JPEG, PNM, .npy or IDX files, told apart by their bytes. Images are preprocessed as the \
      spec says; a float32 .npy is taken as it is.
      """)

  @Argument(help: "A file, the name of a shipped spec, or `-` for standard input.")
  var spec: String

  @OptionGroup var weights: WeightsOptions

  @Option(parsing: .upToNextOption, help: "One or more files; may be given again.")
  var input: [String] = []

  @Option(help: "Which image of an IDX file, from 0; left out: all of them.")
  var index: Int?

  @Option(help: "How many classes to show.")
  var top = 5

  @Option(help: "Where to write the raw outputs, a float32 .npy, batch first.")
  var output: String?

  @Option(help: "Layers to return in place of the network's own outputs: fc3,conv1.")
  var outputs: String?

  @Option(help: "Images of one run.")
  var batch = 1

  @OptionGroup var engine: EngineCommandOptions

  @Option(help: "The most that weights and activations may take: 512MB, 2GiB.")
  var memory: MemorySize?

  @OptionGroup var threading: ThreadOptions
  @OptionGroup var common: CommonOptions

  /// What `--outputs` names.
  private var names: [String]? {
    outputs.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  func validate() throws {
    if batch < 1 { throw ValidationError("a batch has at least one image") }
    if top < 1 { throw ValidationError("--top shows at least one class") }
    if let names, names.contains("") { throw ValidationError("--outputs names layers: fc3,conv1") }
    if let index, index < 0 { throw ValidationError("--index counts from 0") }
  }

  func run() throws {
    // Not in `validate`, where it would hide an unknown option.
    if input.isEmpty { Self.exit(withError: ValidationError("name the images: --input FILE...")) }
    let network = try SpecInput(spec, weights: weights.weights)
    let model = try network.model(common)
    let preprocessor = try model.preprocessor()
    let images = try readImages(preprocessor)
    let source = try network.weights(weights, quiet: common.quiet)
    let runner = try network.placing { () throws(Diagnostics) in
      let batch = min(batch, images.count)
      let threads = BatchRunner.sessionThreads(count: images.count, batch: batch, threads: threading.count)
      let options = try engine.options(
        for: model, memory: memory, batch: batch, threads: threads, returning: names, quiet: common.quiet)
      return try BatchRunner(
        model: model, weights: source, batch: batch, outputs: names, threads: threading.count,
        options: options)
    }
    let ranking = Ranking(model: model, isRenamed: names != nil, top: top)
    let keepsRaw = output != nil
    let shape = runner.outputs[0].shape
    let results = try network.placing { () throws(Diagnostics) in
      try runner.map(count: images.count, threads: threading.count) { (index) throws(Diagnostics) in
        let image = images[index]
        return try image.file.tensor(image.index, preprocessor)
      } transform: { index, values, milliseconds in
        let classes = ranking.top(of: values[0], shape: shape)
        return ImageResult(
          document: images[index].document(classes, milliseconds),
          text: images[index].text(classes, shape, milliseconds), raw: keepsRaw ? values : [])
      }
    }
    if let output {
      try Interrupts.finishing { () throws(Diagnostics) in
        try write(results, of: runner, to: output)
      }
    }
    if common.json {
      Console.print(JSONValue.object(["inputs": .array(results.map(\.document))]).text)
    } else {
      Console.print(results.map(\.text).joined(separator: "\n\n"))
    }
  }

  /// What is kept of one image.
  private struct ImageResult: Sendable {
    var document: JSONValue
    var text: String
    /// The outputs' elements, if they are to be written.
    var raw: [[Float]]
  }

  /// One image of one of the files.
  private struct InputImage: Sendable {
    var file: InputFile
    var index: Int
    /// The number to show where the file has several.
    var number: Int?

    func document(_ classes: [ScoredClass], _ milliseconds: Double) -> JSONValue {
      var members: [(key: String, value: JSONValue)] = [("file", .string(file.path))]
      if let number { members.append(("index", .integer(number))) }
      let top = classes.map { entry -> JSONValue in
        .object([
          "class": .integer(entry.index), "label": .string(entry.label),
          "score": .number(Double(entry.score)),
        ])
      }
      members += [("top", .array(top)), ("milliseconds", .number(milliseconds))]
      return .object(members)
    }

    func text(_ classes: [ScoredClass], _ shape: [Int], _ milliseconds: Double) -> String {
      let name = file.path + (number.map { "[\($0)]" } ?? "")
      let time = "\(Figures.fixed(milliseconds, digits: 3)) ms"
      guard !classes.isEmpty else {
        let size = shape.map(String.init).joined(separator: "x")
        return "\(name)  \(time)\n  output \(size): `--output FILE.npy` writes it"
      }
      var table = TextTable([("", .right), ("class", .left), ("score", .right)])
      for entry in classes {
        table.add(["\(entry.index)", entry.label, Figures.fixed(Double(entry.score), digits: 5)])
      }
      return "\(name)  \(time)\n\(table.text)"
    }
  }

  private func readImages(_ preprocessor: Preprocessor) throws(Diagnostics) -> [InputImage] {
    var images: [InputImage] = []
    var wrong: [Diagnostic] = []
    for path in input {
      do throws(Diagnostics) {
        let file = try InputFile(path: path, index: index)
        for position in 0..<file.count {
          let number = index ?? (file.count > 1 ? position : nil)
          images.append(InputImage(file: file, index: position, number: number))
        }
      } catch {
        wrong += error.all
      }
    }
    if !wrong.isEmpty { throw Diagnostics(wrong) }
    return images
  }

  private func write(
    _ results: [ImageResult], of runner: BatchRunner, to path: String
  ) throws(Diagnostics) {
    for (position, output) in runner.outputs.enumerated() {
      // Several outputs go to files of their own: out.fc3.npy.
      var file = path
      if runner.outputs.count > 1 {
        let stem = path.hasSuffix(".npy") ? String(path.dropLast(4)) : path
        file = "\(stem).\(output.name).npy"
      }
      let isVector = output.shape.dropFirst().allSatisfy { $0 == 1 }
      try NumPyArray.write(
        results.flatMap { $0.raw[position] },
        shape: [results.count] + (isVector ? [output.shape[0]] : output.shape), to: file)
    }
  }
}
