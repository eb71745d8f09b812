/// A block as a spec defines it.
struct Block {
  struct Parameter {
    var name: String
    /// Nil where every call must say it.
    var fallback: String?
    var isFilters = false
  }

  var name: String
  var parameters: [Parameter] = []
  var network: [Phrase] = []
  /// The atoms of each call, in the order of the block's words; nil for those of a branch that a call does not have.
  var instances: [[Atom?]] = []
}

/// A place in a network that a block is to stand for.
struct BlockInstance {
  var steps: [Step]
  /// The branch, of the steps' join, that this instance does not have.
  var lacks: Int?
}
