/// What `cnnc explain` says of a code: its meaning, a spec that has the finding, and what to do.
package struct Explanation: Sendable {
  /// A spec with the finding, and what is said of it. The tests give the spec to the checker.
  package struct Example: Sendable {
    package var spec: String
    /// The message, where line breaks stand for spaces.
    package var message: String
  }

  package var meaning: String
  /// Nil where the finding is not about a spec's text.
  package var example: Example?
  package var remedy: String

  private init(_ meaning: String, _ example: Example?, _ remedy: String) {
    self.meaning = meaning
    self.example = example
    self.remedy = remedy
  }

  init(_ meaning: String, remedy: String) { self.init(meaning, nil, remedy) }

  init(_ meaning: String, spec: String, says message: String, remedy: String) {
    self.init(meaning, Example(spec: spec, message: message), remedy)
  }

  /// The parts as paragraphs for a terminal, the example indented.
  package var text: String {
    var parts = [meaning]
    if let example {
      parts.append(Self.indented(example.spec))
      parts.append("What cnnc says of it:\n" + Self.indented(example.message))
    }
    return (parts + [remedy]).joined(separator: "\n\n")
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
  }
}

extension DiagnosticCode {
  /// What `cnnc explain` prints: what the finding means, an example, and what to do.
  package var explanation: String { details.text }

  /// The explanation in its parts.
  package var details: Explanation {
    switch self {
    case .unreadableFile: .unreadableFile
    case .fileTooLarge: .fileTooLarge
    case .invalidUTF8: .invalidUTF8
    case .emptySpec: .emptySpec
    case .yamlSyntax: .yamlSyntax
    case .jsonSyntax: .jsonSyntax
    case .nestingTooDeep: .nestingTooDeep
    case .aliasLimit: .aliasLimit

    case .duplicateKey: .duplicateKey
    case .unknownKey: .unknownKey
    case .missingKey: .missingKey
    case .wrongType: .wrongType
    case .unsupportedVersion: .unsupportedVersion
    case .invalidName: .invalidName

    case .patternSyntax: .patternSyntax
    case .unknownKind: .unknownKind
    case .unknownArgument: .unknownArgument
    case .duplicateArgument: .duplicateArgument
    case .missingArgument: .missingArgument
    case .invalidValue: .invalidValue
    case .unknownName: .unknownName
    case .notWhole: .notWhole
    case .listLength: .listLength
    case .unusedWhere: .unusedWhere
    case .labelCollision: .labelCollision
    case .unknownLabel: .unknownLabel
    case .labelCycle: .labelCycle
    case .recursiveBlock: .recursiveBlock
    case .layerLimit: .layerLimit
    case .familyLimit: .familyLimit
    case .chooseMember: .chooseMember

    case .windowDoesNotFit: .windowDoesNotFit
    case .windowTooLarge: .windowTooLarge
    case .unreadBorder: .unreadBorder
    case .groupsDoNotDivide: .groupsDoNotDivide
    case .shapeMismatch: .shapeMismatch
    case .sizeMismatch: .sizeMismatch
    case .overflow: .overflow
    case .noInputFits: .noInputFits

    case .classCount: .classCount
    case .preprocessing: .preprocessing

    case .weightsFile: .weightsFile
    case .weightsMismatch: .weightsMismatch
    case .inputFile: .inputFile
    case .inputShape: .inputShape
    case .dataFolder: .dataFolder
    case .outputFile: .outputFile
    case .memoryLimit: .memoryLimit

    case .modelFile: .modelFile
    case .unsupportedModel: .unsupportedModel

    case .checkpointMismatch: .checkpointMismatch
    case .trainingDiverged: .trainingDiverged
    case .moreFindings: .moreFindings
    }
  }
}
