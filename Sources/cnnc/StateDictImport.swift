import CNN
import CNNGraph
import CNNImport
import CNNRuntime
import CNNSpec
import CNNZoo

/// `cnnc import STATE.safetensors`: weights from PyTorch for a network that there is a spec of.
struct StateDictImport {
  let path: String
  /// The spec; nil to look for it among the shipped ones.
  let spec: String?
  let order: StateDict.Order

  struct Result {
    /// The file that was written.
    var path: String
    var match: StateDictMatch
    /// What the weights belong to.
    var spec: String
  }

  /// Whether a file is one that this reads.
  static func isStateDict(_ path: String) -> Bool { path.hasSuffix(".safetensors") }

  /// Writes the weights as `NAME.safetensors`, NAME being the network's.
  func run(to folder: String, _ options: CommonOptions) throws(Diagnostics) -> Result {
    let dict = StateDict(try SafetensorsFile(path, types: StateDict.elementTypes))
    let (name, spec, match) = try find(dict, options)
    let file = "\(name).safetensors"
    try match.write(file, in: folder)
    return Result(path: FileSystem.path(folder, file), match: match, spec: spec)
  }

  private func find(
    _ dict: StateDict, _ options: CommonOptions
  ) throws(Diagnostics) -> (name: String, spec: String, match: StateDictMatch) {
    if let spec {
      let (network, notes) = try SpecInput(spec).source.report(where: options.values.values).single()
      if !options.quiet { Console.report(notes) }
      return (network.spec.name, spec, try StateDictMatch(dict, network, by: order))
    }
    // That the names are torchvision's is found out once.
    _ = try dict.modules(by: order)
    var found: [(String, String, StateDictMatch)] = []
    for name in Zoo.names {
      guard let (network, _) = try? SpecInput(name).source.report().single(),
        let match = try? StateDictMatch(dict, network, by: order)
      else { continue }
      found.append((network.spec.name, name, match))
    }
    guard found.count == 1 else {
      let what = found.isEmpty ? "no shipped network has" : "several shipped networks have"
      throw Diagnostics(
        Diagnostic(
          .weightsMismatch, "\(what) layers like the file's modules", at: .file(dict.file.path),
          help: [
            "--spec names the network" + (found.isEmpty ? "" : ": \(found.map(\.1).joined(separator: ", "))")
          ]))
    }
    return found[0]
  }
}
