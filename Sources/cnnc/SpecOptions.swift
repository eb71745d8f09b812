import ArgumentParser
import CNN
import CNNGraph
import CNNPasses
import CNNRuntime
import CNNSpec
import CNNZoo

/// What several commands take.
struct CommonOptions: ParsableArguments {
  @Option(name: .customLong("where"), help: "Entries of the spec's `where` to set: N=2,M=3.")
  var values: WhereValues = WhereValues(values: [])

  @Flag(help: "Print results as JSON, and nothing else.")
  var json = false

  @Flag(help: "Print errors only, no notes.")
  var quiet = false
}

/// `N=2,M=3`
struct WhereValues: ExpressibleByArgument {
  var values: Family.Member

  init(values: Family.Member) { self.values = values }

  init?(argument: String) {
    values = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty, let value = Int(sides[1]) else { return nil }
      values.append((String(sides[0]), value))
    }
  }

  var defaultValueDescription: String { "none" }
}

/// Finds specs: a file, which may be another program's model, the name of a shipped spec, or `-` for standard input.
enum SpecLoader {
  /// Whether a path names something to read; a folder does not hide a shipped spec.
  static func isFile(_ path: String) -> Bool {
    FileSystem.kind(of: path).map { $0 != .directory } ?? false
  }

  static func source(_ name: String) throws(Diagnostics) -> SpecSource {
    if name == "-" {
      do throws(FileError) {
        let bytes = try FileSystem.read("/dev/stdin", limit: SpecLimits.bytes)
        return SpecSource(text: SourceText(name: "<standard input>", bytes: bytes), folder: ".")
      } catch {
        throw error.diagnostics
      }
    }
    if ModelLoader.isModel(name) { return try ModelLoader.network(name).source }
    if !isFile(name), let shipped = Zoo.spec(named: name) {
      return SpecSource(text: SourceText(name: "\(name).yaml", shipped), folder: ".")
    }
    do throws(Diagnostics) {
      return try SpecSource(path: name)
    } catch {
      var findings = error
      if FileSystem.kind(of: name) == nil {
        let help = Nearest.match(name, among: Zoo.names).map { "did you mean the shipped `\($0)`?" }
        findings.all[0].help.append(help ?? "shipped specs: " + Zoo.names.joined(separator: ", "))
      }
      throw findings
    }
  }

  /// Does what compiles or runs a spec; that it needs too much memory is said of the spec's file.
  static func placing<Value>(
    _ spec: String, _ work: () throws(Diagnostics) -> Value
  ) throws(Diagnostics) -> Value {
    do throws(Diagnostics) {
      return try work()
    } catch {
      var findings = error
      let file = spec == "-" ? "<standard input>" : FileSystem.kind(of: spec) == nil ? "\(spec).yaml" : spec
      for index in findings.all.indices where findings.all[index].code == .memoryLimit {
        if findings.all[index].place == .none { findings.all[index].place = .file(file) }
      }
      throw findings
    }
  }

  /// A spec that is one network, with its notes printed: those of a text that its user sees.
  static func model(_ name: String, _ options: CommonOptions) throws(Diagnostics) -> Model {
    let model = try Model(try source(name).report(where: options.values.values))
    if !options.quiet, !ModelLoader.isModel(name) { Console.report(model.notes) }
    return model
  }
}

/// What the engine may do.
struct EngineCommandOptions: ParsableArguments {
  @Flag(help: "Multiply just what the definition multiplies: no Winograd.")
  var exact = false

  @Flag(help: "Choose algorithms by timing them on this machine, once: the times are stored.")
  var autotune = false

  /// Refuses what a training step has no choice of.
  func validateForTraining() throws {
    if autotune { throw ValidationError("--autotune is about inference, not about a training step") }
  }

  /// The options for the runs of a network; measures where `--autotune` says so and it has not been done.
  /// - Parameters:
  ///   - memory: what the command's `--memory` says.
  ///   - batch: images of a run.
  ///   - threads: those that compute a run together.
  ///   - outputs: layers to return in place of the network's own.
  func options(
    for model: Model, memory: MemorySize?, batch: Int, threads: Int, returning outputs: [String]? = nil,
    quiet: Bool
  ) throws(Diagnostics) -> EngineOptions {
    var options = EngineOptions(isExact: exact, memoryBytes: memory?.bytes)
    guard autotune else { return options }
    let found = try model.timings(
      batch: batch, returning: outputs, isExact: exact, by: .ofMachine(threads: threads))
    if !quiet {
      if found.measuredCount > 0 {
        Console.error("note: --autotune measured \(found.measuredCount) convolutions of `\(model.name)`")
      }
      for note in found.notes { Console.error("note: \(note)") }
    }
    options.timings = found.timings
    return options
  }
}

/// Where a command's weights come from.
struct WeightsOptions: ParsableArguments {
  @Option(
    help:
      "The weights: safetensors, or those of a .cfg or .prototxt. Left out: the spec's own, or drawn from the seed."
  )
  var weights: String?

  @Option(help: "The seed from which weights are drawn if there are none.")
  var seed: UInt64 = 1

  /// The file that was named; the one beside the spec; the shipped one; or the seed, which is said.
  func source(for spec: String, quiet: Bool) throws(Diagnostics) -> WeightsSource {
    if !quiet, weights == nil, let beside = ModelLoader.weightsFile(nil, of: spec) {
      Console.error("note: the weights are those of `\(beside)`")
    }
    if let source = try Self.file(weights, for: spec) { return source }
    if !quiet { Console.error("note: there are no weights for `\(spec)`: drawn from seed \(seed)") }
    return .random(seed: seed)
  }

  /// The file that was named; a model's own; the one beside the spec; the shipped one; nil where there is none.
  static func file(_ weights: String?, for spec: String) throws(Diagnostics) -> WeightsSource? {
    let isModel = ModelLoader.isModel(spec)
    let apart = isModel ? ModelLoader.weightsFile(weights, of: spec) : nil
    if apart == nil, let weights { return .file(weights) }
    if isModel { return try ModelLoader.network(spec, weights: apart).weights().map { .tensors($0) } }
    if spec != "-", SpecLoader.isFile(spec) {
      let beside = withoutExtension(spec) + ".safetensors"
      if FileSystem.kind(of: beside) != nil { return .file(beside) }
    } else if let shipped = Zoo.weights(named: spec) {
      return .tensors(try Weights(try SafetensorsFile(bytes: shipped, name: "\(spec).safetensors")))
    }
    return nil
  }

  private static func withoutExtension(_ path: String) -> String {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return path }
    return String(path[..<dot])
  }
}
