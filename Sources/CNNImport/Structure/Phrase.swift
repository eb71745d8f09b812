/// Steps as they are written.
indirect enum Phrase {
  struct Word {
    /// What it stands for: an atom of the network, or a place in a block's text.
    enum Key: Hashable {
      case atom(Atom)
      case slot(block: Int, place: Int)
    }

    var key: Key
    var kind: String
    /// Labels in them are placeholders.
    var arguments: [String] = []
    var isCall = false
  }

  case word(Word)
  /// `@label`: a parameter's name or a placeholder.
  case reference(String)
  case join(Word, [[Phrase]])
  case repetition([Phrase], count: Int)
  /// Steps that a block has where its parameter says so.
  case optional([Phrase], String)

  var isJoin: Bool { if case .join = self { true } else { false } }
}

extension Structure {
  /// The network's steps as they are written.
  var phrases: [Phrase] {
    network.map { phrase($0, keys: { .atom($0) }, written: { Self.written(arguments(of: $0)) }) }
  }

  /// A step's text.
  /// - Parameters:
  ///   - keys: what a word stands for.
  ///   - written: a word's arguments. Both are called once for each word, in order.
  func phrase(_ step: Step, keys: (Atom) -> Phrase.Word.Key, written: (Atom) -> [String]) -> Phrase {
    func word(_ atom: Atom) -> Phrase.Word {
      var isCall = false
      if case .call = atom { isCall = true }
      return Phrase.Word(
        key: keys(atom), kind: kind(of: atom), arguments: written(atom), isCall: isCall)
    }
    switch step {
    case .layer(let index): return .word(word(.layer(index)))
    case .call(let index): return .word(word(.call(index)))
    case .reference(let index):
      _ = keys(.reference(index))
      return .reference(written(.reference(index))[0])
    case .join(let index, let branches):
      let phrases = branches.map { $0.map { phrase($0, keys: keys, written: written) } }
      return .join(word(.layer(index)), phrases)
    }
  }
}
