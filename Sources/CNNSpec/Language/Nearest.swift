/// "Did you mean": the candidate that a mistyped word is closest to.
package enum Nearest {
  /// The candidate within a third of the word's letters, by insertions, deletions, replacements and
  /// swaps of neighbours (optimal string alignment), whatever the case; the first of equals.
  package static func match(_ word: String, among candidates: some Sequence<String>) -> String? {
    guard word.utf8.count <= 100 else { return nil }
    // Any two letters are one replacement apart.
    let limit = word.count <= 1 ? 0 : max(1, word.count / 3)
    var best: (distance: Int, candidate: String)?
    // A hostile spec may define any number of names.
    for candidate in candidates.prefix(1000) where abs(candidate.utf8.count - word.utf8.count) <= limit {
      let distance = self.distance(Array(word.lowercased().utf8), Array(candidate.lowercased().utf8))
      if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    return best?.candidate
  }

  /// The help line that names the nearest candidate, or lists all where none is near and they are few.
  package static func help(_ word: String, among candidates: some Collection<String>) -> [String] {
    if let match = match(word, among: candidates) { return ["did you mean `\(match)`?"] }
    guard !candidates.isEmpty, candidates.count <= 30 else { return [] }
    return ["one of " + candidates.map { "`\($0)`" }.joined(separator: ", ")]
  }

  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var before: [Int] = []
    var previous = Array(0...b.count)
    for i in a.indices {
      var current = [i + 1]
      for j in b.indices {
        var cost = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
        current.append(cost)
      }
      before = previous
      previous = current
    }
    return previous[b.count]
  }
}
