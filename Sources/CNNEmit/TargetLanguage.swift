/// What a network is emitted as.
package enum TargetLanguage: String, CaseIterable, Sendable {
  case swift, c

  /// What people call it.
  package var title: String {
    switch self {
    case .swift: "Swift"
    case .c: "C"
    }
  }
}
