import Foundation
import PackagePlugin

/// Turns the specs in a target's folder into Swift types of that target.
///
/// `lenet5.yaml` becomes `LeNet5`, with the weights of `lenet5.safetensors` beside it: up to 1 MiB in the source,
/// otherwise in a file `lenet5.weights` among the target's resources. All specs are compiled together, so that two of
/// one name are found.
@main
struct CompileSpec: BuildToolPlugin {
  /// As `cnnc emit` has it.
  private static let mostSourceBytes = 1 << 20

  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    guard let target = target as? SourceModuleTarget else { return [] }
    let files = target.sourceFiles.map(\.url)
    let specs = files.filter { ["yaml", "yml"].contains($0.pathExtension) }.sorted { $0.path < $1.path }
    guard !specs.isEmpty else { return [] }
    let folder = context.pluginWorkDirectoryURL
    // A spec may name a file of labels, which changes what is made of it.
    var inputs = specs + files.filter { $0.pathExtension == "txt" }
    var outputs: [URL] = []
    var arguments = ["--output", folder.path]
    for spec in specs {
      let stem = spec.deletingPathExtension()
      let weights = stem.appendingPathExtension("safetensors")
      let output = folder.appending(path: stem.lastPathComponent)
      var place = "source"
      if FileManager.default.fileExists(atPath: weights.path) {
        inputs.append(weights)
        if try size(of: weights) > Self.mostSourceBytes {
          place = "file"
          outputs.append(output.appendingPathExtension("weights"))
        }
      }
      arguments += ["--weights-in", place, spec.path]
      outputs.append(output.appendingPathExtension("swift"))
    }
    return [
      .buildCommand(
        displayName: "Compiling \(specs.map(\.lastPathComponent).joined(separator: ", "))",
        executable: try context.tool(named: "emit-spec").url, arguments: arguments, inputFiles: inputs,
        outputFiles: outputs)
    ]
  }

  private func size(of file: URL) throws -> Int {
    try file.resolvingSymlinksInPath().resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
  }
}
