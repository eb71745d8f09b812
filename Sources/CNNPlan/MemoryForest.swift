/// Pieces of memory, one for each distinct content, and which of them lie inside others.
///
/// A piece has as many elements an image as its content. It is a root, whose images lie densely, or lies
/// in another piece from some element of each image on. Paths are shortened as they are walked, so that
/// chains of thousands of concatenations cost nothing.
struct MemoryForest {
  struct Piece {
    /// Elements of one image, or of the whole if the content exists once.
    var count: Int
    var isBatched: Bool
    /// Whether the caller fills it: then it stays a root.
    var isInput: Bool
    /// The nodes that first write and last read its content; -1 for an input's, `Int.max` for what is
    /// needed to the end.
    var firstUse: Int
    var lastUse: Int
    /// The concatenation whose content this one's is a part of, in the same memory.
    var whole: Int?
    fileprivate var parent: Int
    fileprivate var offset = 0
  }

  private(set) var pieces: [Piece] = []

  mutating func add(count: Int, isBatched: Bool, isInput: Bool, firstUse: Int, lastUse: Int) -> Int {
    pieces.append(
      Piece(
        count: count, isBatched: isBatched, isInput: isInput, firstUse: firstUse, lastUse: lastUse,
        parent: pieces.count))
    return pieces.count - 1
  }

  subscript(piece: Int) -> Piece { pieces[piece] }

  /// Notes that a piece's content is needed up to a node.
  mutating func extend(_ piece: Int, to lastUse: Int) {
    pieces[piece].lastUse = max(pieces[piece].lastUse, lastUse)
  }

  /// The root that a piece lies in and its first element there.
  mutating func place(of piece: Int) -> (root: Int, offset: Int) {
    var root = piece
    var offset = 0
    while pieces[root].parent != root {
      offset += pieces[root].offset
      root = pieces[root].parent
    }
    var current = piece
    var rest = offset
    while pieces[current].parent != current {
      let (next, step) = (pieces[current].parent, pieces[current].offset)
      pieces[current].parent = root
      pieces[current].offset = rest
      rest -= step
      current = next
    }
    return (root, offset)
  }

  func isRoot(_ piece: Int) -> Bool { pieces[piece].parent == piece }

  /// Puts a root, with all that lies in it, into another piece, from that one's element `offset` on.
  mutating func put(_ root: Int, in target: Int, at offset: Int) {
    let place = place(of: target)
    precondition(isRoot(root) && place.root != root && !pieces[root].isInput, "only roots move")
    precondition(offset + pieces[root].count <= pieces[target].count, "a piece does not fit")
    pieces[root].parent = place.root
    pieces[root].offset = place.offset + offset
  }

  /// As ``put(_:in:at:)``, for a content that is a part of the target's.
  mutating func join(_ root: Int, into whole: Int, at offset: Int) {
    put(root, in: whole, at: offset)
    pieces[root].whole = whole
  }

  /// The node after which each piece's bytes hold nothing that is needed: neither its own content, nor a
  /// part of it, nor a content that it is a part of. Wholes are younger than their parts.
  func lastUsesOfBytes() -> [Int] {
    var ofParts = pieces.map(\.lastUse)
    for (index, piece) in pieces.enumerated() {
      if let whole = piece.whole { ofParts[whole] = max(ofParts[whole], ofParts[index]) }
    }
    var ofWholes = pieces.map(\.lastUse)
    for (index, piece) in pieces.enumerated().reversed() {
      if let whole = piece.whole { ofWholes[index] = max(ofWholes[index], ofWholes[whole]) }
    }
    return zip(ofParts, ofWholes).map { max($0, $1) }
  }
}
