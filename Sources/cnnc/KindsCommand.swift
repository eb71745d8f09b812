import ArgumentParser
import CNN
import CNNSpec

struct KindsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kinds", abstract: "List the kinds of layers, their arguments, shapes and parameters.")

  @Argument(help: "One kind only.")
  var kind: String?

  @Flag(help: "Print results as JSON, and nothing else.")
  var json = false

  func run() throws {
    var kinds = KindTable.all
    if let name = kind {
      guard let kind = KindTable.kind(named: name) else {
        Console.error("error: there is no kind of layer `\(name)`")
        for line in Nearest.help(name, among: KindTable.names) { Console.error("  help: \(line)") }
        throw ExitStatus.usage
      }
      kinds = [kind]
    }
    Console.print(
      json ? JSONValue.array(kinds.map(document)).text : kinds.map(text).joined(separator: "\n\n"))
  }

  private func text(_ kind: Kind) -> String {
    let isJoin = KindTable.joinNames.contains(kind.name)
    let arguments = isJoin ? ["branches"] : kind.arguments.map(signature)
    var rows = [("arguments", arguments.joined(separator: ", ")), ("output", kind.output)]
    if kind.parameters != "0" { rows.append(("parameters", kind.parameters)) }
    let title = ([kind.name] + kind.synonyms).joined(separator: ", ")
    let lines = rows.filter { !$0.1.isEmpty }.map { "    " + Self.wrapped($0.0, $0.1) }
    return ([title] + lines).joined(separator: "\n")
  }

  /// `label  text`, broken behind commas and spaces so that a line has 80 characters at most.
  private static func wrapped(_ label: String, _ text: String) -> String {
    let indent = 16
    var lines = [label + String(repeating: " ", count: indent - 4 - label.count)]
    var width = indent
    for (index, word) in text.split(separator: " ").enumerated() {
      if width + 1 + word.count > 80 {
        lines.append(String(repeating: " ", count: indent))
        width = indent
      } else if index > 0, width > indent {
        lines[lines.count - 1] += " "
        width += 1
      }
      lines[lines.count - 1] += word
      width += word.count
    }
    return lines.joined(separator: "\n")
  }

  private func signature(_ argument: ArgumentSpec) -> String {
    switch argument.default {
    case .required: argument.name
    case .absent: "[\(argument.name)]"
    case .text(let text): "\(argument.name)=\(text)"
    }
  }

  private func document(_ kind: Kind) -> JSONValue {
    let arguments = kind.arguments.map { argument -> JSONValue in
      var members: [(key: String, value: JSONValue)] = [("name", .string(argument.name))]
      switch argument.default {
      case .required: members.append(("required", .bool(true)))
      case .absent: members.append(("required", .bool(false)))
      case .text(let text): members += [("required", .bool(false)), ("default", .string(text))]
      }
      return .object(members)
    }
    return .object([
      "name": .string(kind.name), "synonyms": .strings(kind.synonyms), "arguments": .array(arguments),
      "output": .string(kind.output), "parameters": .string(kind.parameters),
    ])
  }
}
