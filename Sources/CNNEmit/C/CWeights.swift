import CNNGraph
import CNNPlan

/// The weights that a program's calls read, packed as they read them, in one piece: every tensor begins at a multiple of
/// 64 bytes.
struct CWeights {
  /// Floats from the start to what lies there.
  private var places: [Location: Int] = [:]
  /// The same for each step of a program that makes rows.
  private var stepPlaces: [Int] = []
  /// How many there are.
  private(set) var count = 0
  var bytes: Int { count * MemoryLayout<Float>.size }
  /// All of them; nil where there are no weights.
  private(set) var values: [Float]?

  static let alignment = 16

  /// - Parameter read: a number of floats from a parameter or a constant of the plan on; nil where there are no weights.
  init(_ plan: ExecutionPlan, read: ((Location, Int) -> [Float])?) {
    let pieces = Self.pieces(of: plan)
    let starts = plan.calls.flatMap(\.operands).compactMap { $0?.location }
    let read = read.map { read in { (piece: Piece) in read(piece.start, piece.count) } }
    var values: [Float] = []
    for piece in pieces where starts.contains(where: piece.contains) {
      let padding = -piece.count & (Self.alignment - 1)
      places[piece.start] = count
      count += piece.count + padding
      guard let read else { continue }
      values += read(piece)
      values += [Float](repeating: 0, count: padding)
    }
    self.values = read == nil ? nil : values
    for start in starts where places[start] == nil {
      guard let piece = pieces.first(where: { $0.contains(start) }), let place = places[piece.start],
        case .constant(let offset) = start, case .constant(let first) = piece.start
      else { continue }
      places[start] = place + (offset - first) / MemoryLayout<Float>.size
    }
  }

  /// The same for a program that makes rows: those of each step in one piece.
  init(_ rows: RowPlan, read: ((Location, Int) -> [Float])?) {
    var values: [Float] = []
    for weights in rows.steps.map(\.call.weights) {
      stepPlaces.append(count)
      guard let weights else { continue }
      let padding = -weights.count & (Self.alignment - 1)
      count += weights.count + padding
      guard let read else { continue }
      values += weights.packed(read)
      values += [Float](repeating: 0, count: padding)
    }
    self.values = read == nil ? nil : values
  }

  /// Floats from the start to what a step reads.
  func place(ofStep step: Int) -> Int { stepPlaces[step] }

  /// Floats from the start to what lies at a location outside of the arena.
  func place(of location: Location) -> Int {
    guard let place = places[location] else { preconditionFailure("nothing computes \(location)") }
    return place
  }

  /// What is computed, or read, in one piece.
  private struct Piece {
    var start: Location
    var count: Int

    func contains(_ location: Location) -> Bool {
      if case .constant(let offset) = location, case .constant(let first) = start {
        return offset >= first && offset < first + count * MemoryLayout<Float>.size
      }
      return location == start
    }
  }

  /// Parameters, and constants from one result of the prologue to the next, in order.
  private static func pieces(of plan: ExecutionPlan) -> [Piece] {
    let parameters = plan.parameters.enumerated().map { index, parameter in
      Piece(start: .parameter(index: index), count: parameter.dimensions.reduce(1, *))
    }
    let starts = Set(
      plan.prologue.compactMap { call in
        if case .constant(let offset) = call.operands[0]?.location { offset } else { nil as Int? }
      }
    ).sorted()
    let ends = starts.dropFirst() + [plan.constantBytes]
    return parameters
      + zip(starts, ends).map { start, end in
        Piece(start: .constant(offset: start), count: (end - start) / MemoryLayout<Float>.size)
      }
  }
}
