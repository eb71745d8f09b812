import CNNGraph
import CNNSpec

/// The weights of a step that makes rows, in the order in which its kernel reads them.
package enum RowWeights: Sendable {
  /// Weights of a convolution, filters and channels those of a group; `connections` as ``Conv2D``'s. Transposed ones lie in
  /// [channel, filter, ...] of each group.
  case convolution(Convolution)
  /// [channel, 1, kernel] of a filter a channel, and biases.
  case depthwise(weight: Location, bias: Location?, channels: Int, kernel: Size2D)
  /// [unit, channel, row, column], and biases.
  case dense(weight: Location, bias: Location?, units: Int, input: Shape)
  /// Some numbers a channel.
  case channels([Location], count: Int)

  package struct Convolution: Sendable {
    package var weight: Location
    package var bias: Location?
    package var groups: Int
    package var filters: Int
    package var channels: Int
    package var kernel: Size2D
    package var isTransposed = false
    package var connections: [[Int]]?
  }

  /// Filters of a panel.
  private static let panel = 16

  /// Lanes of some filters: all panels but the last have sixteen, that one eight where it has no more filters.
  private static func lanes(_ filters: Int) -> Int { (filters + 7) / 8 * 8 }

  /// Elements, before anybody has read any.
  package var count: Int {
    switch self {
    case .convolution(let conv):
      let taps = conv.kernel.height * conv.kernel.width * conv.channels
      return conv.groups * Self.lanes(conv.filters) * (taps + 1)
    case .depthwise(_, _, let channels, let kernel):
      return kernel.height * kernel.width * channels + (channels + Self.panel - 1) / Self.panel * Self.panel
    case .dense(_, _, let units, let input): return Self.lanes(units) * (input.count + 1)
    case .channels(let locations, let count): return locations.count * count
    }
  }

  /// The elements, which for kernels of panels are [group][panel][tap][channel][filter], or [row][panel][column]
  /// [channel][unit], zeros where a panel has no filter.
  /// - Parameter read: a number of elements from a parameter or a constant of the plan on.
  package func packed(_ read: (Location, Int) -> [Float]) -> [Float] {
    var packed: [Float]
    switch self {
    case .convolution(let conv): packed = Self.packed(conv, read)
    case .depthwise(let weight, let bias, let channels, let kernel):
      let taps = kernel.height * kernel.width
      let values = read(weight, channels * taps)
      packed = (0..<taps * channels).map { values[$0 % channels * taps + $0 / channels] }
      if let bias { packed += read(bias, channels) }
    case .dense(let weight, let bias, let units, let input):
      packed = Self.packed(read(weight, units * input.count), units: units, input)
      if let bias { packed += read(bias, units) }
    case .channels(let locations, let count): packed = locations.flatMap { read($0, count) }
    }
    packed += [Float](repeating: 0, count: count - packed.count)
    return packed
  }

  private static func packed(_ conv: Convolution, _ read: (Location, Int) -> [Float]) -> [Float] {
    let (taps, channels) = (conv.kernel.height * conv.kernel.width, conv.channels)
    let all = conv.groups * conv.filters
    let values = read(conv.weight, all * channels * taps)
    let connected = conv.connections.map { $0.map(Set.init) }
    var packed: [Float] = []
    packed.reserveCapacity(conv.groups * lanes(conv.filters) * (taps * channels + 1))
    for group in 0..<conv.groups {
      for first in stride(from: 0, to: conv.filters, by: panel) {
        let width = min(panel, lanes(conv.filters - first))
        for tap in 0..<taps {
          for channel in 0..<channels {
            for filter in first..<first + width {
              guard filter < conv.filters, connected?[filter].contains(channel) ?? true else {
                packed.append(0)
                continue
              }
              let pair =
                conv.isTransposed
                ? (group * channels + channel) * conv.filters + filter
                : (group * conv.filters + filter) * channels + channel
              packed.append(values[pair * taps + tap])
            }
          }
        }
      }
    }
    let biases = conv.bias.map { read($0, all) } ?? [Float](repeating: 0, count: all)
    for group in 0..<conv.groups {
      packed += biases[group * conv.filters..<(group + 1) * conv.filters]
      packed += [Float](repeating: 0, count: lanes(conv.filters) - conv.filters)
    }
    return packed
  }

  private static func packed(_ values: [Float], units: Int, _ input: Shape) -> [Float] {
    var packed: [Float] = []
    packed.reserveCapacity(lanes(units) * (input.count + 1))
    for row in 0..<input.height {
      for first in stride(from: 0, to: units, by: panel) {
        let width = min(panel, lanes(units - first))
        for column in 0..<input.width {
          for channel in 0..<input.channels {
            let element = (channel * input.height + row) * input.width + column
            for unit in first..<first + width {
              packed.append(unit < units ? values[unit * input.count + element] : 0)
            }
          }
        }
      }
    }
    return packed
  }
}
