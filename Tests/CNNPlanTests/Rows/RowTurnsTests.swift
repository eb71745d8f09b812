import CNNGraph
import CNNSpec
import Testing

@testable import CNNPlan

struct RowTurnsTests {
  private struct Case {
    var kernel: Int
    var stride: Int
    var dilation: Int
    var padding: Int
    var height: Int
  }

  /// Windows that have positions over an image, some of them cropping it or all padding at its ends.
  private static var windows: [RowWindow] {
    var windows: [RowWindow] = []
    for kernel in 1...4 {
      for stride in 1...4 {
        for dilation in 1...3 {
          for padding in -1...3 {
            for height in 1...7 {
              let room = height + 2 * padding - (kernel - 1) * dilation - 1
              guard room >= 0, height + 2 * padding > 0 else { continue }
              let window = Window2D(
                kernel: Size2D(kernel), stride: Size2D(stride), padding: Padding(padding),
                dilation: Size2D(dilation))
              windows.append(RowWindow(window, height: height, positions: room / stride + 1))
            }
          }
        }
      }
    }
    return windows
  }

  /// The rows that a position's taps read, one by one.
  private static func taps(_ window: RowWindow, _ position: Int) -> [Int] {
    (0..<window.kernel).map { position * window.stride - window.padding + $0 * window.dilation }
      .filter { 0..<window.height ~= $0 }
  }

  @Test func `a window's rows reach from its first tap inside to its last`() {
    for window in Self.windows {
      for position in 0..<window.positions {
        let (rows, taps) = (RowReading.window(window).rows(of: position), Self.taps(window, position))
        #expect(taps.allSatisfy(rows.contains), "\(window), \(position)")
        #expect(rows.isEmpty || rows.first == taps.first, "\(window), \(position)")
      }
    }
  }

  @Test func `the windows around a row are those that reach over it`() {
    for window in Self.windows {
      for row in 0..<window.height {
        let top = { (position: Int) in position * window.stride - window.padding }
        let reaching = (0..<window.positions).filter { top($0)..<top($0) + window.extent ~= row }
        let found = RowReading.transposed(window).rows(of: row)
        #expect(Array(found) == reaching, "\(window), \(row)")
        let around = RowReading.windowsAround(window).rows(of: row)
        #expect(
          reaching.allSatisfy { Self.taps(window, $0).allSatisfy(around.contains) }, "\(window), \(row)")
      }
    }
  }

  @Test func `windows that take row after row are finished by their last row, and never written to again`() {
    for window in Self.windows where window.stride >= window.extent && window.dilation == 1 {
      guard (0..<window.positions).allSatisfy({ !Self.taps(window, $0).isEmpty }) else { continue }
      let writing = RowWriting.windows(window)
      for turns in 0...window.height {
        let finished = (0..<window.positions).prefix { position in
          Self.taps(window, position).allSatisfy { $0 < turns }
        }.count
        #expect(writing.finished(after: turns) == finished, "\(window), \(turns)")
        if turns < window.height {
          #expect(writing.touched(by: turns).allSatisfy { $0 >= finished }, "\(window), \(turns)")
        }
      }
    }
  }

  @Test(arguments: [
    (RowReading.same, 3, 3..<4),
    (.shifted(offset: 1, height: 5), 3, 2..<3),
    (.shifted(offset: -2, height: 5), 3, 0..<0),
    (.between(factor: 2, height: 4, isBilinear: false), 3, 1..<2),
    (.between(factor: 2, height: 4, isBilinear: true), 0, 0..<1),
    (.between(factor: 2, height: 4, isBilinear: true), 2, 0..<2),
    (.between(factor: 2, height: 4, isBilinear: true), 3, 1..<3),
    (.between(factor: 2, height: 4, isBilinear: true), 7, 3..<4),
    (.between(factor: 3, height: 4, isBilinear: true), 4, 1..<3),
    (.all(height: 4), 9, 0..<4),
  ])
  func `rows that are read`(reading: RowReading, turn: Int, rows: Range<Int>) {
    #expect(reading.rows(of: turn) == rows)
  }
}
