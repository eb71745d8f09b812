import CNNGraph

/// Which rows of an input a turn of a step reads. Heights are the input's.
enum RowReading: Hashable, Sendable {
  /// Turn i reads row i.
  case same
  /// Turn i reads the row that lies `offset` further up, if there is one.
  case shifted(offset: Int, height: Int)
  /// Turn i reads the rows of output row i's window.
  case window(RowWindow)
  /// Turn i reads the rows that a transposed window adds to output row i.
  case transposed(RowWindow)
  /// Turn i reads the rows between which output row i lies, `factor` times as many.
  case between(factor: Int, height: Int, isBilinear: Bool)
  /// Turn i reads, for all windows that row i lies in, the rows of those.
  case windowsAround(RowWindow)
  /// Each turn reads all rows.
  case all(height: Int)

  func rows(of turn: Int) -> Range<Int> {
    switch self {
    case .same: return turn..<turn + 1
    case .shifted(let offset, let height):
      let row = turn - offset
      return 0..<height ~= row ? row..<row + 1 : 0..<0
    case .window(let window): return window.rows(of: turn)
    case .transposed(let window): return window.windows(around: turn)
    case .between(let factor, let height, let isBilinear):
      let (row, phase) = turn.quotientAndRemainder(dividingBy: factor)
      guard isBilinear else { return row..<row + 1 }
      let isBefore = 2 * phase + 1 < factor
      return max(0, isBefore ? row - 1 : row)..<min(height, isBefore ? row + 1 : row + 2)
    case .windowsAround(let window):
      let read = window.windows(around: turn).map(window.rows).filter { !$0.isEmpty }
      guard let first = read.map(\.lowerBound).min(), let end = read.map(\.upperBound).max() else {
        return 0..<0
      }
      return first..<end
    case .all(let height): return 0..<height
    }
  }
}

/// The vertical part of a window.
struct RowWindow: Hashable, Sendable {
  var kernel: Int
  var stride: Int
  var dilation = 1
  var padding: Int
  /// Rows that it slides over, and its positions; in a transposed convolution, the positions are the input's rows.
  var height: Int
  var positions: Int

  init(_ window: Window2D, height: Int, positions: Int) {
    (kernel, stride, dilation) = (window.kernel.height, window.stride.height, window.dilation.height)
    (padding, self.height, self.positions) = (window.padding.top, height, positions)
  }

  init(kernel: Int, stride: Int, padding: Int, height: Int, positions: Int) {
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
    (self.height, self.positions) = (height, positions)
  }

  var extent: Int { (kernel - 1) * dilation + 1 }

  /// The rows from the first to the last that a position reads inside the image.
  func rows(of position: Int) -> Range<Int> {
    let top = position * stride - padding
    let first = top < 0 ? top + (-top + dilation - 1) / dilation * dilation : top
    let end = min(top + extent, height)
    return first < end ? first..<end : 0..<0
  }

  /// The positions, of those that there are, whose windows reach over a row.
  func windows(around row: Int) -> Range<Int> {
    let down = row + padding
    guard down >= 0 else { return 0..<0 }
    let first = down >= extent ? (down - extent) / stride + 1 : 0
    let end = min(positions, down / stride + 1)
    return first < end ? first..<end : 0..<0
  }
}

/// Which rows of its output a turn of a step writes.
enum RowWriting: Hashable, Sendable {
  /// Turn i writes row i, and finishes it.
  case row(rows: Int)
  /// Turn i takes row i of the input into the one position of a window that it lies in, if any.
  case windows(RowWindow)
  /// Turn i takes row i of the input into the output, all of which the last turn finishes.
  case all(turns: Int, rows: Int)

  /// All rows of the output.
  var rows: Int {
    switch self {
    case .row(let rows), .all(_, let rows): rows
    case .windows(let window): window.positions
    }
  }

  /// The rows that a turn writes to.
  func touched(by turn: Int) -> Range<Int> {
    switch self {
    case .row: turn..<turn + 1
    case .windows(let window): window.windows(around: turn)
    case .all(_, let rows): 0..<rows
    }
  }

  /// The rows that are finished after so many turns.
  func finished(after turns: Int) -> Int {
    switch self {
    case .row: return turns
    case .windows(let window):
      // Row i is finished by the last row of its window that is inside.
      if turns >= window.height { return window.positions }
      let room = turns + window.padding - window.kernel
      return room < 0 ? 0 : min(window.positions, room / window.stride + 1)
    case .all(let all, let rows): return turns >= all ? rows : 0
    }
  }
}
