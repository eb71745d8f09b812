import CNNGraph
import CNNImport
import CNNSpec

/// Layers that move elements, or read them in another way, and compute nothing.
enum ViewRules {
  static let all = [
    LayerRule("Split") { (context) throws(Refusal) in try context.input() },
    LayerRule("Flatten", "flatten_param", ["axis", "end_axis"], limits: "that keeps the batch", flatten),
    LayerRule(
      "Reshape", "reshape_param", ["shape", "axis", "num_axes"], limits: "that keeps the batch", reshape),
    LayerRule("Crop", "crop_param", ["axis", "offset"], limits: "of height and width", crop),
    LayerRule("ShuffleChannel", "shuffle_channel_param", ["group"], shuffle),
  ]

  static func flatten(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let value = try context.input()
    let first = try context.axis("axis", default: 1, of: value)
    let last = try context.axis("end_axis", default: -1, of: value)
    guard first > 0 else { throw context.refuse("a flattening of the batch is not supported", at: "axis") }
    guard first <= last else { throw context.damaged("its `end_axis` is before its `axis`", at: "end_axis") }
    // Axis 1 is the first one without the batch.
    let merged = value.dimensions[first - 1..<last].reduce(1, *)
    return BlobValue(
      value.source, value.base, value.dimensions[..<(first - 1)] + [merged] + value.dimensions[last...])
  }

  /// The sizes from `axis` on, `num_axes` of them, are replaced: 0 copies one, -1 is what is left.
  static func reshape(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let value = try context.input()
    let old = [1] + value.dimensions
    let given = try context.fields.reader("shape").integers("dim", -1...FieldReader.largest)
    let start = try context.fields.integer("axis", -32...32) ?? 0
    let count = try context.fields.integer("num_axes", -1...32) ?? -1
    // Behind the last axis new ones may stand, too.
    let first = start < 0 ? start + old.count + 1 : start
    guard first >= 0, first <= old.count, count < 0 || first + count <= old.count else {
      throw context.damaged("its bottom \(value.text) has no such axes", at: "axis")
    }
    let end = count < 0 ? old.count : first + count
    var new = Array(old[..<first])
    for (index, side) in given.enumerated() {
      guard side != 0 || first + index < old.count else {
        throw context.damaged("it copies a size of \(value.text) that is not there", at: "shape")
      }
      new.append(side == 0 ? old[first + index] : side)
    }
    new += old[end...]
    // The batch is 1 here, whatever it will be.
    let known = CheckedInteger.product(new.filter { $0 > 0 }).value ?? 0
    let total = value.base.count
    if let open = new.firstIndex(of: -1), known > 0, total % known == 0 { new[open] = total / known }
    guard new.count > 1, new.count <= 16, new.allSatisfy({ $0 > 0 }),
      CheckedInteger.product(new).value == total
    else {
      throw context.damaged("\(given) has not the \(total) elements of \(value.text)", at: "shape")
    }
    guard new[0] == 1, first > 0 || given.first.map({ $0 <= 0 }) ?? true || given.first == 1 else {
      throw context.refuse(
        "it makes \(given) of \(value.text), which mixes the images of a batch", at: "shape")
    }
    return BlobValue(value.source, value.base, Array(new.dropFirst()))
  }

  /// The first bottom from an offset on, with the height and width of the second.
  static func crop(_ context: LayerContext) throws(Refusal) -> BlobValue {
    guard context.inputs.count == 2 else {
      throw context.damaged("it has \(context.inputs.count) bottoms, expected two")
    }
    let (value, like) = (context.inputs[0], context.inputs[1])
    let axis = try context.axis("axis", default: 2, of: value)
    guard value.dimensions.count == 3, like.dimensions.count == 3, let shape = Shape.ofImage(value.dimensions)
    else {
      throw context.refuse("it crops \(value.text) to \(like.text), expected channels x height x width")
    }
    guard axis >= 2 else { throw context.refuse("a crop of channels is not supported", at: "axis") }
    let given = try context.fields.integers("offset", 0...FieldReader.largest)
    guard given.count <= 1 || given.count == 4 - axis else {
      throw context.damaged("it has \(given.count) offsets, expected 1 or \(4 - axis)", at: "offset")
    }
    let offset = (
      axis == 2 ? given.first ?? 0 : 0, given.last ?? 0
    )
    let size = Size2D(height: axis == 2 ? like.dimensions[1] : shape.height, width: like.dimensions[2])
    func fits(_ side: Int, _ offset: Int, _ length: Int) -> Bool {
      (CheckedInteger(side) + offset).value.map { $0 <= length } ?? false
    }
    guard fits(size.height, offset.0, shape.height), fits(size.width, offset.1, shape.width) else {
      throw context.damaged(
        "\(size) at \(offset.0), \(offset.1) is not inside its bottom \(value.text)", at: "offset")
    }
    let output = Shape(shape.channels, size.height, size.width)
    if output == shape { return value }
    var source = context.builder.reshape(value, to: shape)
    // A spec's crop is of the middle: with padding on one side, the middle is where the offset says.
    let (top, bottom) = sides(shape.height, size.height, offset.0)
    let (left, right) = sides(shape.width, size.width, offset.1)
    let padding = Padding(top: top, bottom: bottom, left: left, right: right)
    if padding != .none {
      guard
        let padded = Shape.checked(
          shape.channels, (CheckedInteger(shape.height) + top + bottom).value,
          (CheckedInteger(shape.width) + left + right).value)
      else { throw context.refuse("its padding is past 64 bits") }
      source = context.builder.add(.pad(source, padding, shape: padded))
    }
    let made = context.add(ImportedLayer("crop", [.init(nil, "\(size)")], of: [source], shape: output))
    return BlobValue(made, output, [output.channels, output.height, output.width])
  }

  /// The padding before and behind a side with which its middle part of some length begins at an offset: with (W + P - w)/2
  /// rounded down = p + offset, P being what is added in all and p what is added in front.
  private static func sides(_ length: Int, _ wanted: Int, _ offset: Int) -> (before: Int, behind: Int) {
    let rest = length - wanted
    if rest / 2 == offset { return (0, 0) }
    let behind = 2 * offset - rest
    return behind > 0 ? (0, behind) : (-behind, 0)
  }

  static func shuffle(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let (source, shape) = try context.image()
    let groups = try context.fields.integer("group", 1...FieldReader.largest) ?? 1
    guard shape.channels % groups == 0 else {
      throw context.damaged("\(shape.channels) channels are not in \(groups) groups", at: "group")
    }
    let made = context.add(
      ImportedLayer("channel_shuffle", [.init(nil, "\(groups)")], of: [source], shape: shape))
    return BlobValue(made, shape, [shape.channels, shape.height, shape.width])
  }
}
