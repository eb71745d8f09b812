import CNNEmit
import CNNGraph
import CNNPlan
import CNNRuntime
import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The tool that the plugin `CompileSpec` runs: specs into Swift types, findings as compilers print them.
///
///     emit-spec --output FOLDER [--weights-in source|file] SPEC...
///
/// `--weights-in` is about the specs that follow. STEM.safetensors beside STEM.yaml are its weights; what is written
/// is STEM.swift and, with weights in a file, STEM.weights.
@main
struct EmitSpec {
  static func main() {
    guard let request = Request(CommandLine.arguments.dropFirst()) else {
      print("error: usage: emit-spec --output FOLDER [--weights-in source|file] SPEC...")
      exit(64)
    }
    var (files, findings) = ([EmittedFile](), [Diagnostic]())
    var (specs, stems) = ([String: String](), [String: String]())
    for spec in request.specs {
      do throws(Diagnostics) {
        let emission = try emission(spec)
        if let other = specs.updateValue(spec.path, forKey: emission.identifier) {
          throw doubled(emission.identifier, spec.path, other)
        }
        // Some file systems take names in capitals for the same.
        if let other = stems.updateValue(spec.path, forKey: spec.stem.lowercased()) {
          throw doubledFile(spec.stem, spec.path, other)
        }
        for note in emission.notes { print(text(of: note)) }
        files += SwiftEmitter.emit(emission)
      } catch {
        findings += error.all
      }
    }
    do throws(Diagnostics) {
      if findings.isEmpty { try files.write(to: request.output) }
    } catch {
      findings += error.all
    }
    for finding in findings { print(text(of: finding)) }
    exit(findings.isEmpty ? 0 : 1)
  }

  private static func emission(_ spec: Request.Spec) throws(Diagnostics) -> Emission {
    let network = try SpecSource(path: spec.path).report().single().network
    var options = Emission.Options(.swift)
    options.fileStem = spec.stem
    let path = spec.folder + spec.stem + ".safetensors"
    guard FileSystem.kind(of: path) != nil else {
      return try Emission(network, weights: nil, options: options)
    }
    options.weightsPlace = spec.weightsPlace
    let weights = try Weights(try SafetensorsFile(path))
    try weights.check(against: network.tensors)
    return try Emission(network, weights: { weights.values(of: $0) }, options: options)
  }

  private static func doubledFile(_ stem: String, _ path: String, _ other: String) -> Diagnostics {
    Diagnostics(
      Diagnostic(
        .invalidName, "the file \(stem).swift would be made of this spec and of \(other)", at: .file(path),
        help: ["give one of the files another name"]))
  }

  private static func doubled(_ type: String, _ path: String, _ other: String) -> Diagnostics {
    Diagnostics(
      Diagnostic(
        .invalidName, "the type `\(type)` would be made of this spec and of \(other)", at: .file(path),
        help: ["give one of them another `name`"]))
  }

  /// `FILE:LINE:COLUMN: error: message [code]`, what fits in lines behind it.
  private static func text(of finding: Diagnostic) -> String {
    let place =
      switch finding.place {
      case .none: ""
      case .file(let path): "\(path):1:1: "
      case .text(let range):
        "\(range.text.name):\(range.startPosition.line):\(range.startPosition.column): "
      }
    let line = "\(place)\(finding.severity.rawValue): \(finding.message) [\(finding.code.rawValue)]"
    return ([line] + finding.help.map { "\(place)note: \($0)" }).joined(separator: "\n")
  }

  private static func print(_ text: String) {
    var text = text + "\n"
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}

/// The command line.
private struct Request {
  struct Spec {
    var path: String
    var weightsPlace: Emission.WeightsPlace?

    /// With its slash; empty for the current folder.
    var folder: String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }
    /// The file's name without its extension.
    var stem: String {
      let file = path.dropFirst(folder.count)
      return String(file.lastIndex(of: ".").map { file[..<$0] } ?? file)
    }
  }

  var output = ""
  var specs: [Spec] = []

  /// Nil where the arguments are none that the tool takes.
  init?(_ arguments: some Sequence<String>) {
    var place: Emission.WeightsPlace?
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--output":
        guard let folder = rest.popFirst() else { return nil }
        output = folder
      case "--weights-in":
        guard let word = rest.popFirst(), let known = Emission.WeightsPlace(rawValue: word) else {
          return nil
        }
        place = known
      case _ where argument.hasPrefix("-"): return nil
      default: specs.append(Spec(path: argument, weightsPlace: place))
      }
    }
    if output.isEmpty || specs.isEmpty { return nil }
  }
}
