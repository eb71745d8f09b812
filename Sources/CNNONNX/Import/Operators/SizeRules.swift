import CNNGraph
import CNNImport
import CNNSpec

/// Operators that make images larger.
enum SizeRules {
  static let all = [
    OperatorRule("Pad", ["mode", "pads", "value"], limits: "zeros", pad),
    OperatorRule(
      "Resize",
      [
        "antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside",
        "extrapolation_value",
        "keep_aspect_ratio_policy", "mode", "nearest_mode",
      ], limits: "nearest and linear, by whole factors", resize),
    OperatorRule("Upsample", ["mode", "scales"], limits: "nearest, by whole factors", upsample),
  ]

  /// Attributes until opset 10, inputs since.
  static func pad(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    let mode = try node.string("mode", default: "constant")
    guard mode == "constant" else { throw node.refuse("the mode `\(mode)` is not supported, only zeros") }
    let isAttribute = node.operatorSet < 11
    let value = try isAttribute ? node.float("value") : node.optionalFloat(2)
    guard (value ?? 0) == 0 else { throw node.refuse("only zeros are supported, not \(value ?? 0)") }
    guard var given = try isAttribute ? node.integers("pads") : node.optionalIntegers(1) else {
      throw node.refuse("`pads` is missing")
    }
    let rank = x.dimensions.count
    if !isAttribute, let axes = try node.optionalIntegers(3) {
      guard given.count == 2 * axes.count else { throw node.refuse("its pads are not two for each axis") }
      var all = [Int](repeating: 0, count: 2 * rank)
      for (index, number) in axes.enumerated() {
        let axis = try node.axis(number, of: rank)
        (all[axis], all[rank + axis]) = (given[index], given[axes.count + index])
      }
      given = all
    }
    guard rank == 4, given.count == 8, given.allSatisfy({ $0 >= 0 && $0 <= Int(Int32.max) }), given[0] == 0,
      given[4] == 0
    else {
      throw node.refuse("its pads are \(given), expected numbers from 0 for channels, height and width")
    }
    let (source, shape) = try node.image(x)
    let pads = Padding(top: given[2], bottom: given[6], left: given[3], right: given[7])
    let sides = (1..<4).map { (CheckedInteger(x.dimensions[$0]) + given[$0] + given[$0 + 4]).value }
    guard let output = Shape.checked(sides[0], sides[1], sides[2]) else {
      throw node.refuse("its output is past 64 bits")
    }
    if output == shape { return node.setOutput(x) }
    let made = node.add(.pad(source, pads, channels: (given[1], given[5]), shape: output))
    node.setOutput(
      Activation(made, output, [x.dimensions[0], output.channels, output.height, output.width]))
  }

  /// A part of an image; a spec's `crop` takes the middle.
  static func crop(_ node: NodeContext, _ x: Activation) throws(Refusal) {
    let ranges = try node.slices(of: x.dimensions)
    if zip(ranges, x.dimensions).allSatisfy({ $0.count == $1 }) { return node.setOutput(x) }
    guard x.dimensions.count == 4 else { throw node.refuse("only images can be cut") }
    let (source, shape) = try node.image(x)
    let (rows, columns) = (ranges[2], ranges[3])
    guard ranges[0].count == x.dimensions[0], ranges[1].count == shape.channels, !rows.isEmpty,
      !columns.isEmpty, rows.lowerBound == (shape.height - rows.count) / 2,
      columns.lowerBound == (shape.width - columns.count) / 2
    else {
      throw node.refuse(
        "only the middle of height and width can be cut out, not \(ranges) of \(x.dimensions)")
    }
    let output = Shape(shape.channels, rows.count, columns.count)
    let made = node.add(
      ImportedLayer("crop", [.init(nil, "\(rows.count)x\(columns.count)")], of: [source], shape: output))
    node.setOutput(
      Activation(made, output, [x.dimensions[0], output.channels, output.height, output.width]))
  }

  // MARK: Resize

  static func resize(_ node: NodeContext) throws(Refusal) {
    let isOld = node.operatorSet < 11
    guard try node.integer("antialias", default: 0) == 0 else {
      throw node.refuse("`antialias` is not supported")
    }
    let policy = try node.string("keep_aspect_ratio_policy", default: "stretch")
    guard policy == "stretch" else { throw node.refuse("the policy `\(policy)` is not supported") }
    let grid = Grid(
      coordinates: try node.string(
        "coordinate_transformation_mode", default: isOld ? "asymmetric" : "half_pixel"),
      rounding: try node.string("nearest_mode", default: isOld ? "floor" : "round_prefer_floor"))
    let scales = try node.optionalConstant(isOld ? 1 : 2).flatMap {
      $0.count == 0 ? nil : $0.floats?.values()
    }
    let sizes = try isOld ? nil : node.optionalIntegers(3).flatMap { $0.isEmpty ? nil : $0 }
    guard scales == nil || sizes == nil else { throw node.refuse("it has both `scales` and `sizes`") }
    guard let axes = try node.integers("axes") else {
      return try enlarge(node, scales: scales, sizes: sizes, grid)
    }
    let old = try node.activation(0).dimensions
    var (allScales, allSizes) = (old.map { _ in Float(1) }, old)
    for (index, number) in axes.enumerated() {
      let axis = try node.axis(number, of: old.count)
      guard index < scales?.count ?? .max, index < sizes?.count ?? .max else {
        throw node.refuse("it has fewer numbers than `axes`")
      }
      if let scales { allScales[axis] = scales[index] }
      if let sizes { allSizes[axis] = sizes[index] }
    }
    try enlarge(
      node, scales: scales.map { _ in allScales }, sizes: sizes.map { _ in allSizes }, grid)
  }

  /// An attribute until opset 8, an input since.
  static func upsample(_ node: NodeContext) throws(Refusal) {
    let scales = try node.operatorSet < 9 ? node.floats("scales") : node.optionalConstant(1)?.floats?.values()
    try enlarge(node, scales: scales, sizes: nil, Grid(coordinates: "asymmetric", rounding: "floor"))
  }

  /// Which pixel of the input belongs to one of the output.
  private struct Grid {
    var coordinates: String
    var rounding: String

    /// The place of an output pixel on the input, or nil for a way that is not known.
    func place(_ index: Int, _ length: Int, _ factor: Int) -> Double? {
      let output = length * factor
      let centre = (Double(index) + 0.5) / Double(factor) - 0.5
      return switch coordinates {
      case "asymmetric": Double(index) / Double(factor)
      case "half_pixel": centre
      case "pytorch_half_pixel": output > 1 ? centre : 0
      case "align_corners": output > 1 ? Double(index * (length - 1)) / Double(output - 1) : 0
      default: nil
      }
    }

    /// Whether each pixel of the input becomes `factor` pixels side by side.
    func repeats(_ length: Int, _ factor: Int) -> Bool {
      (0..<length * factor).allSatisfy { index in
        guard let place = place(index, length, factor) else { return false }
        let nearest: Double? =
          switch rounding {
          case "floor": place.rounded(.down)
          case "ceil": place.rounded(.up)
          case "round_prefer_floor": (place - 0.5).rounded(.up)
          case "round_prefer_ceil": (place + 0.5).rounded(.down)
          default: nil
          }
        return nearest.map { Int(min(max($0, 0), Double(length - 1))) } == index / factor
      }
    }
  }

  /// The largest side that is checked pixel by pixel.
  private static let longestSide = 1 << 16

  private static func factor(
    _ node: NodeContext, _ length: Int, _ scale: Float?, _ size: Int?
  ) throws(Refusal) -> Int {
    let found: Int?
    if let size {
      found = size > 0 && size % length == 0 ? size / length : nil
    } else {
      found = scale.flatMap { Int(exactly: $0) }
    }
    guard let found, found >= 1, let output = (CheckedInteger(length) * found).value, output <= longestSide
    else {
      throw node.refuse("only whole factors from 1 are supported")
    }
    return found
  }

  private static func enlarge(
    _ node: NodeContext, scales: [Float]?, sizes: [Int]?, _ grid: Grid
  ) throws(Refusal) {
    let x = try node.activation(0)
    guard x.dimensions.count == 4 else { throw node.refuse("only images can be resized") }
    let (source, shape) = try node.image(x)
    guard let count = sizes?.count ?? scales?.count, count == 4,
      (scales?[0] ?? 1) == 1 && (scales?[1] ?? 1) == 1,
      sizes.map({ Array($0[..<2]) == Array(x.dimensions[..<2]) }) ?? true
    else { throw node.refuse("only height and width can be resized, by constant factors") }
    let rows = try factor(node, shape.height, scales?[2], sizes?[2])
    let columns = try factor(node, shape.width, scales?[3], sizes?[3])
    if rows == 1, columns == 1 { return node.setOutput(x) }
    let mode = try node.string("mode", default: "nearest")
    var writer = ArgumentWriter()
    writer.positional(rows == columns ? "\(rows)" : "\(rows)x\(columns)")
    switch mode {
    case "nearest":
      guard grid.repeats(shape.height, rows), grid.repeats(shape.width, columns) else {
        throw node.refuse(
          "nearest pixels by `\(grid.coordinates)` and `\(grid.rounding)` are not supported here")
      }
    case "linear", "bilinear":
      guard ["half_pixel", "pytorch_half_pixel"].contains(grid.coordinates) else {
        throw node.refuse("linear pixels by `\(grid.coordinates)` are not supported, only by `half_pixel`")
      }
      writer.named("mode", "bilinear")
    default: throw node.refuse("the mode `\(mode)` is not supported")
    }
    guard let output = Shape.checked(shape.channels, shape.height * rows, shape.width * columns) else {
      throw node.refuse("its output is past 64 bits")
    }
    let made = node.add(ImportedLayer("upsample", writer.arguments, of: [source], shape: output))
    node.setOutput(
      Activation(made, output, [x.dimensions[0], output.channels, output.height, output.width]))
  }
}
