import ArgumentParser
import CNNSpec

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print a JSON Schema of specs, for editors.")

  func run() throws { Console.print(SpecSchema.json.text) }
}
