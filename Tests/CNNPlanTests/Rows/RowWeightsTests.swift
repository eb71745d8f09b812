import CNNGraph
import CNNSpec
import Testing

@testable import CNNPlan

struct RowWeightsTests {
  /// Numbers that tell where they were read: 100 of the parameter's index, then the element.
  private static func read(_ location: Location, _ count: Int) -> [Float] {
    guard case .parameter(let index) = location else { return [] }
    return (0..<count).map { Float(1000 * (index + 1) + $0) }
  }

  @Test func `a convolution's lie by panel, tap, channel and filter, zeros behind the last filter`() {
    let weights = RowWeights.convolution(
      .init(
        weight: .parameter(index: 0), bias: .parameter(index: 1), groups: 2, filters: 3, channels: 2,
        kernel: Size2D(height: 1, width: 2)))
    let packed = weights.packed(Self.read)
    var expected: [Float] = []
    for group in 0..<2 {
      for tap in 0..<2 {
        for channel in 0..<2 {
          for filter in 0..<8 {
            expected.append(filter < 3 ? Float(1000 + ((group * 3 + filter) * 2 + channel) * 2 + tap) : 0)
          }
        }
      }
    }
    for group in 0..<2 { expected += (0..<8).map { $0 < 3 ? Float(2000 + group * 3 + $0) : 0 } }
    #expect(packed == expected)
    #expect(packed.count == weights.count)
  }

  @Test func `channels that a filter does not see weigh nothing`() {
    let conv = RowWeights.Convolution(
      weight: .parameter(index: 0), groups: 1, filters: 2, channels: 3, kernel: Size2D(1),
      connections: [[2], [0, 1]])
    let packed = RowWeights.convolution(conv).packed(Self.read)
    #expect(
      stride(from: 0, to: 24, by: 8).map { Array(packed[$0..<$0 + 2]) } == [
        [0, 1003], [0, 1004], [1002, 0],
      ])
  }

  @Test(arguments: [1, 8, 9, 16, 17, 24, 25, 33])
  func `all weights are there once, and as many as were announced`(filters: Int) {
    let kinds: [RowWeights] = [
      .convolution(
        .init(
          weight: .parameter(index: 0), groups: 1, filters: filters, channels: 3, kernel: Size2D(2),
          isTransposed: true)),
      .dense(weight: .parameter(index: 0), bias: nil, units: filters, input: Shape(3, 2, 2)),
      .depthwise(weight: .parameter(index: 0), bias: nil, channels: filters, kernel: Size2D(3)),
    ]
    for weights in kinds {
      let packed = weights.packed(Self.read)
      #expect(packed.count == weights.count)
      let there = packed.filter { $0 != 0 }.sorted()
      #expect(there == Self.read(.parameter(index: 0), there.count))
      #expect(there.count % filters == 0 && !there.isEmpty)
    }
  }
}
