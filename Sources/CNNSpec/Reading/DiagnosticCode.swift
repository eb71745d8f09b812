/// The stable name of a kind of finding; `cnnc explain CODE` prints its documentation.
public enum DiagnosticCode: String, CaseIterable, Sendable {
  // Reading a file.
  case unreadableFile = "unreadable-file"
  case fileTooLarge = "file-too-large"
  case invalidUTF8 = "invalid-utf8"
  case emptySpec = "empty-spec"
  case yamlSyntax = "yaml-syntax"
  case jsonSyntax = "json-syntax"
  case nestingTooDeep = "nesting-too-deep"
  case aliasLimit = "alias-limit"

  // The keys of a spec.
  case duplicateKey = "duplicate-key"
  case unknownKey = "unknown-key"
  case missingKey = "missing-key"
  case wrongType = "wrong-type"
  case unsupportedVersion = "unsupported-version"
  case invalidName = "invalid-name"

  // Patterns, `where`, blocks.
  case patternSyntax = "pattern-syntax"
  case unknownKind = "unknown-kind"
  case unknownArgument = "unknown-argument"
  case duplicateArgument = "duplicate-argument"
  case missingArgument = "missing-argument"
  case invalidValue = "invalid-value"
  case unknownName = "unknown-name"
  case notWhole = "not-whole"
  case listLength = "list-length"
  case unusedWhere = "unused-where"
  case labelCollision = "label-collision"
  case unknownLabel = "unknown-label"
  case labelCycle = "label-cycle"
  case recursiveBlock = "recursive-block"
  case layerLimit = "layer-limit"
  case familyLimit = "family-limit"
  case chooseMember = "choose-member"

  // Shapes and counts.
  case windowDoesNotFit = "window-does-not-fit"
  case windowTooLarge = "window-too-large"
  case unreadBorder = "unread-border"
  case groupsDoNotDivide = "groups-do-not-divide"
  case shapeMismatch = "shape-mismatch"
  case sizeMismatch = "size-mismatch"
  case overflow = "overflow"
  case noInputFits = "no-input-fits"

  // The rest of a spec.
  case classCount = "class-count"
  case preprocessing = "preprocessing"

  // Weights, inputs, data, memory.
  case weightsFile = "weights-file"
  case weightsMismatch = "weights-mismatch"
  case inputFile = "input-file"
  case inputShape = "input-shape"
  case dataFolder = "data-folder"
  case outputFile = "output-file"
  case memoryLimit = "memory-limit"

  // Networks from elsewhere.
  case modelFile = "model-file"
  case unsupportedModel = "unsupported-model"

  // Training.
  case checkpointMismatch = "checkpoint-mismatch"
  case trainingDiverged = "training-diverged"
  // The findings themselves.
  case moreFindings = "more-findings"
}
