extension DiagnosticCode {
  /// What `cnnc explain` prints: what the finding means, an example, and what to do.
  package var explanation: String { rawValue }
}
