/// Memory that is needed from one step to another, both included.
package struct BufferRequest: Hashable, Sendable {
  package var bytes: Int
  package var firstUse: Int
  package var lastUse: Int

  package init(bytes: Int, firstUse: Int, lastUse: Int) {
    precondition(bytes >= 0 && firstUse <= lastUse, "\(bytes) bytes from \(firstUse) to \(lastUse)")
    self.bytes = bytes
    self.firstUse = firstUse
    self.lastUse = lastUse
  }

  package func overlaps(_ other: BufferRequest) -> Bool {
    firstUse <= other.lastUse && other.firstUse <= lastUse
  }
}

/// Where requests lie in one arena.
package struct ArenaPlan: Hashable, Sendable {
  /// Bytes from the arena's start, one a request.
  package var offsets: [Int]
  /// The end of the last request, aligned.
  package var bytes: Int
  /// The most aligned bytes that are needed at once.
  package var lowerBound: Int
}
