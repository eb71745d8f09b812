/// A height and a width, or a vertical and a horizontal step.
package struct Size2D: Hashable, Sendable, CustomStringConvertible {
  package var height: Int
  package var width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  package init(_ side: Int) { self.init(height: side, width: side) }

  package var description: String { "\(height)x\(width)" }
}
