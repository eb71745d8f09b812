import ArgumentParser
import CNN
import CNNImages
import CNNRuntime
import CNNSpec

struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure accuracy and loss on a data set.",
    usage: "cnnc eval SPEC --data FOLDER [--weights FILE] [OPTIONS]",
    discussion: """
      DATA is a folder with the four MNIST-style IDX files (gzipped or not), CIFAR-10's binary batches, or one \
      sub-folder of images a class.
      """)

  @Argument(help: "A file, the name of a shipped spec, or `-` for standard input.")
  var spec: String

  @OptionGroup var weights: WeightsOptions

  @Option(help: "The folder with the data.")
  var data: String

  @Option(help: "Which images: test or train.")
  var split = DatasetSplit.test

  @Option(help: "Images of one run.")
  var batch = 64

  @OptionGroup var threading: ThreadOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if batch < 1 { throw ValidationError("a batch has at least one image") }
  }

  func run() throws {
    let input = try SpecInput(spec, weights: weights.weights)
    let model = try input.model(common)
    let source = try input.weights(weights, quiet: common.quiet)
    let images = try Datasets.open(data, split: split)
    let evaluation = try input.placing { () throws(Diagnostics) in
      try Evaluation.run(model, weights: source, on: images, batch: batch, threads: threading.count)
    }
    if common.json {
      Console.print(document(evaluation).text)
    } else {
      Console.print(text(evaluation, model.classes ?? images.classNames))
    }
  }

  private func document(_ evaluation: Evaluation) -> JSONValue {
    .object([
      "images": .integer(evaluation.images), "loss": .number(evaluation.loss),
      "accuracy": .number(evaluation.accuracy), "top5": .number(evaluation.topFive),
      "confusion": .array(evaluation.confusion.map { .integers($0) }),
    ])
  }

  private func text(_ evaluation: Evaluation, _ classes: [String]?) -> String {
    let percent = Figures.fixed(evaluation.accuracy * 100, digits: 2)
    let five = Figures.fixed(evaluation.topFive * 100, digits: 2)
    var lines = [
      "\(Figures.grouped(evaluation.images)) images, \(Figures.grouped(evaluation.correct)) right",
      "accuracy \(percent) %, top 5 \(five) %, loss \(Figures.fixed(evaluation.loss, digits: 5))",
    ]
    let size = evaluation.confusion.count
    if size <= 12 {
      var columns: [(title: String, alignment: TextTable.Alignment)] = [("is \\ seen as", .left)]
      columns += (0..<size).map { ("\($0)", .right) }
      var table = TextTable(columns)
      for (label, row) in evaluation.confusion.enumerated() {
        let name =
          classes.flatMap { $0.indices.contains(label) ? "\(label) \($0[label])" : nil } ?? "\(label)"
        table.add([String(name.prefix(16))] + row.map { $0 == 0 ? "" : "\($0)" })
      }
      lines += ["", table.text]
    }
    return lines.joined(separator: "\n")
  }
}

extension DatasetSplit: ExpressibleByArgument {}

/// How many threads a command may use.
struct ThreadOptions: ParsableArguments {
  @Option(help: "Threads at once; left out: the cores that this process may use.")
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is at least 1") }
  }

  var count: Int { threads ?? Machine.availableCores }
}
