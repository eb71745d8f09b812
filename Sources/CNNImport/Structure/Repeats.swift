/// Makes `(...)*3` of equal neighbours.
struct Repeats {
  /// The longest part that is looked for.
  private static let mostSteps = 12

  private var numbers: [String: Int] = [:]
  private let isFixed: (Phrase.Word.Key) -> Bool

  /// - Parameter isFixed: whether a word must keep a label of its own.
  static func folded(_ phrases: [Phrase], isFixed: @escaping (Phrase.Word.Key) -> Bool) -> [Phrase] {
    var repeats = Repeats(isFixed: isFixed)
    return repeats.folded(phrases)
  }

  private init(isFixed: @escaping (Phrase.Word.Key) -> Bool) { self.isFixed = isFixed }

  private mutating func folded(_ phrases: [Phrase]) -> [Phrase] {
    let phrases = phrases.map { phrase -> Phrase in
      switch phrase {
      case .join(let word, let branches): .join(word, branches.map { folded($0) })
      case .optional(let inner, let name): .optional(folded(inner), name)
      case .word, .reference, .repetition: phrase
      }
    }
    let ids = phrases.enumerated().map { number($1, at: $0) }
    // For each length, how many neighbours that far apart are equal from a place on.
    let runs = (1...Self.mostSteps).map { length -> [Int] in
      var run = [Int](repeating: 0, count: ids.count)
      for place in ids.indices.reversed() where place + length < ids.count {
        let isEqual = ids[place] != nil && ids[place] == ids[place + length]
        run[place] = isEqual ? 1 + run[place + 1] : 0
      }
      return run
    }
    var result: [Phrase] = []
    var place = 0
    while place < phrases.count {
      var best = (saved: 0, length: 1, count: 1)
      for length in 1...Self.mostSteps {
        let count = 1 + runs[length - 1][place] / length
        let saved = (count - 1) * length
        if count > 1, saved > best.saved { best = (saved, length, count) }
      }
      // `relu - (conv - relu)*2` rather than `(relu - conv)*2 - relu`.
      let shift = (0..<best.length).first { shift in
        Self.begins(phrases[place + shift])
          && runs[best.length - 1][place + shift] >= (best.count - 1) * best.length
      }
      if best.count > 1, let shift, shift > 0 {
        result += phrases[place..<place + shift]
        place += shift
        continue
      }
      if best.count > 1 {
        result.append(
          .repetition(folded(Array(phrases[place..<place + best.length])), count: best.count))
      } else {
        result.append(phrases[place])
      }
      place += best.length * best.count
    }
    return result
  }

  /// Whether a phrase is what others follow.
  private static func begins(_ phrase: Phrase) -> Bool {
    guard case .word(let word) = phrase else { return false }
    return word.isCall || ["conv", "depthwise", "deconv", "fc"].contains(word.kind)
  }

  /// The same number for equal phrases; nil for one that is like no other, or that a pattern cannot hold.
  private mutating func number(_ phrase: Phrase, at place: Int) -> Int? {
    guard case .word(let word) = phrase, !isFixed(word.key) else { return nil }
    let key = "\(word.kind)(\(word.arguments.joined(separator: ",")))"
    let number = numbers[key, default: numbers.count]
    numbers[key] = number
    return number
  }
}
