import CNN
import CNNGraph
import CNNImport
import CNNRuntime
import CNNSpec
import CNNZoo

/// What a command's SPEC names, found and read once: a file, which may be another program's model, the name of a shipped
/// spec, or `-` for standard input.
struct SpecInput {
  private enum Origin {
    case standardInput
    case file(String)
    case shipped(String)
    case model(String, ImportedNetwork)
  }

  private let origin: Origin
  let source: SpecSource
  /// The file that was named for the weights, in whichever format.
  private let named: String?
  /// The file of a model's weights, in formats that keep them apart from the network; nil where it is not read.
  private let apart: String?

  /// The network alone.
  init(_ name: String) throws(Diagnostics) { try self.init(name, named: nil, apart: nil) }

  /// The network and where its weights are.
  /// - Parameter named: their file, as the user says; nil for those that come with the network.
  init(_ name: String, weights named: String?) throws(Diagnostics) {
    let isModel = ModelLoader.isModel(name)
    try self.init(name, named: named, apart: isModel ? ModelLoader.weightsFile(named, of: name) : nil)
  }

  private init(_ name: String, named: String?, apart: String?) throws(Diagnostics) {
    (self.named, self.apart) = (named, apart)
    if name == "-" {
      (origin, source) = (.standardInput, try Self.standardInput())
    } else if ModelLoader.isModel(name) {
      let network = try ModelLoader.network(name, weights: apart)
      (origin, source) = (.model(name, network), network.source)
    } else if Self.isFile(name) {
      (origin, source) = (.file(name), try SpecSource(path: name))
    } else if let text = Zoo.spec(named: name) {
      origin = .shipped(name)
      source = SpecSource(text: SourceText(name: "\(name).yaml", text), folder: ".")
    } else {
      (origin, source) = (.file(name), try Self.missing(name))
    }
  }

  /// Whether a path names something to read; a folder does not hide a shipped spec.
  static func isFile(_ path: String) -> Bool {
    FileSystem.kind(of: path).map { $0 != .directory } ?? false
  }

  private static func standardInput() throws(Diagnostics) -> SpecSource {
    do throws(FileError) {
      let bytes = try FileSystem.read("/dev/stdin", limit: SpecLimits.bytes)
      return SpecSource(text: SourceText(name: SourceText.standardInput, bytes: bytes), folder: ".")
    } catch {
      throw error.diagnostics
    }
  }

  /// Says what is wrong with a path to which there is no file, and which spec may have been meant.
  private static func missing(_ path: String) throws(Diagnostics) -> SpecSource {
    do throws(Diagnostics) {
      return try SpecSource(path: path)
    } catch {
      var findings = error
      if FileSystem.kind(of: path) == nil {
        let help = Nearest.match(path, among: Zoo.names).map { "did you mean the shipped `\($0)`?" }
        findings.all[0].help.append(help ?? "shipped specs: " + Zoo.names.joined(separator: ", "))
      }
      throw findings
    }
  }

  /// A spec that is one network, with its notes printed: those of a text that its user sees.
  func model(_ options: CommonOptions) throws(Diagnostics) -> Model {
    let model = try Model(source.report(where: options.values.values))
    if case .model = origin { return model }
    if !options.quiet { Console.report(model.notes) }
    return model
  }

  /// The file that was named; a model's own; the one beside the spec; the shipped one; nil where there is none.
  func weights() throws(Diagnostics) -> WeightsSource? {
    if apart == nil, let named { return .file(named) }
    switch origin {
    case .standardInput: return nil
    case .model(_, let network): return try network.weights().map { .tensors($0) }
    case .file(let path):
      let beside = Self.withoutExtension(path) + ".safetensors"
      return FileSystem.kind(of: beside) != nil ? .file(beside) : nil
    case .shipped(let name):
      guard let bytes = Zoo.weights(named: name) else { return nil }
      return .tensors(try Weights(try SafetensorsFile(bytes: bytes, name: "\(name).safetensors")))
    }
  }

  /// The same, or drawn from a seed where there are none, which is said.
  func weights(_ options: WeightsOptions, quiet: Bool) throws(Diagnostics) -> WeightsSource {
    if !quiet, named == nil, let apart { Console.error("note: the weights are those of `\(apart)`") }
    if let found = try weights() { return found }
    if !quiet { Console.error("note: there are no weights for `\(name)`: drawn from seed \(options.seed)") }
    return .random(seed: options.seed)
  }

  /// Does what compiles or runs the network; that it needs too much memory is said of the spec's file.
  func placing<Value>(_ work: () throws(Diagnostics) -> Value) throws(Diagnostics) -> Value {
    do throws(Diagnostics) {
      return try work()
    } catch {
      var findings = error
      for index in findings.all.indices where findings.all[index].code == .memoryLimit {
        if findings.all[index].place == .none { findings.all[index].place = .file(file) }
      }
      throw findings
    }
  }

  /// What the user calls it.
  private var name: String {
    switch origin {
    case .standardInput: "-"
    case .file(let name), .shipped(let name), .model(let name, _): name
    }
  }

  /// What diagnostics call it.
  private var file: String {
    if case .model(let path, _) = origin { path } else { source.text.name }
  }

  private static func withoutExtension(_ path: String) -> String {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return path }
    return String(path[..<dot])
  }
}
