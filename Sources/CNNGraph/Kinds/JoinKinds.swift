import CNNSpec

/// Where branches meet.
enum JoinKinds {
  typealias Context = KindContext
  typealias Result = KindContext.Result

  static func add(_ context: inout Context) -> Result? {
    guard let shapes = context.inputShapes else { return nil }
    if let other = shapes.first(where: { $0 != shapes[0] }) {
      context.error(
        .shapeMismatch,
        "`\(context.layer.name)` adds branches of one shape, but they are \(list(shapes))\(context.trail())",
        help: help(shapes[0], other))
      return nil
    }
    return Result(.add(Add()))
  }

  static func concat(_ context: inout Context) -> Result? {
    guard let shapes = context.inputShapes else { return nil }
    if shapes.contains(where: { $0.size != shapes[0].size }) {
      context.error(
        .sizeMismatch,
        "`\(context.layer.name)` joins channels of one height and width, but the branches are \(list(shapes))\(context.trail())",
        help: ["pad the convolutions that shrink (`pad=same`), or `crop` the larger branch"])
      return nil
    }
    return Result(.concat(Concat()))
  }

  static func multiply(_ context: inout Context) -> Result? {
    guard let shapes = context.inputShapes else { return nil }
    let largest = shapes.first { $0.size != Size2D(1) } ?? shapes[0]
    guard shapes.count > 1 else {
      context.error(
        .shapeMismatch,
        "`\(context.layer.name)` takes two branches or more, but there is only one, \(list(shapes))")
      return nil
    }
    let perChannel = Shape(largest.channels, 1, 1)
    guard shapes.allSatisfy({ $0 == largest || $0 == perChannel }) else {
      context.error(
        .shapeMismatch,
        "`\(context.layer.name)` multiplies branches of one shape, or Cx1x1, but they are \(list(shapes))\(context.trail())",
        help: ["beside \(largest) the other branches are \(largest) or \(perChannel)"])
      return nil
    }
    return Result(.multiply(Multiply()))
  }

  private static func list(_ shapes: [Shape]) -> String {
    let shown = shapes.prefix(8).map(\.description).joined(separator: ", ")
    return shapes.count > 8 ? shown + ", ..." : shown
  }

  private static func help(_ a: Shape, _ b: Shape) -> [String] {
    if a.channels != b.channels, a.size == b.size {
      return ["a 1x1 convolution changes the channels: `conv(\(a.channels), 1)` on the branch of \(b)"]
    }
    if a.size != b.size {
      let (large, small) = a.height > b.height ? (a, b) : (b, a)
      if small.height > 0, large.height == 2 * small.height {
        return ["give the branch of \(large) a stride of 2"]
      }
      return ["pad the convolutions that shrink (`pad=same`), or `crop(\(small.size))` the larger branch"]
    }
    return []
  }
}
