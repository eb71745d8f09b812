import CNNGraph
import CNNImport

/// Sections that make boxes, masks or a loss of the network's last values. What enters those that detect is an output of
/// the network; what they do with it is for an app.
enum HeadSections {
  static let all: [([String], SectionRule)] = [
    (
      ["yolo"],
      head { reader, input in
        let count = reader.option("mask")?.value.split(separator: ",").count
        let boxes = reader.integer("num", default: 1)
        return values(input, count ?? boxes, 5, reader.integer("classes", default: 20, in: classes))
      }
    ),
    (
      ["region"],
      head { reader, input in
        let coordinates = reader.integer("coords", default: 4)
        return values(
          input, reader.integer("num", default: 1), coordinates + 1,
          reader.integer("classes", default: 20, in: classes))
      }
    ),
    (["detection"], head(detection)), (["iseg"], head { _, _ in nil }),
    (
      ["cost"],
      SectionRule(ignoring: nil) { reader, network in
        reader.note("[cost] is for training and left out")
        return .loss
      }
    ),
  ]

  private static let classes = 0...Int(Int32.max)

  /// - Parameter expected: how many values the options ask for, and how that comes about; nil where they don't say.
  private static func head(
    _ expected: @escaping @Sendable (SectionReader, Shape) -> (count: CheckedInteger, sum: String)?
  ) -> SectionRule {
    SectionRule(ignoring: nil) { (reader, network) throws(Refusal) in
      let input = try network.input(reader)
      let needed = expected(reader, input.shape)
      try reader.check()
      if let needed, needed.count.value != input.shape.count {
        throw reader.damaged(
          "[\(reader.section.name)] expects \(needed.sum) values, found \(input.shape)",
          help: "give the layer before it as many filters or outputs")
      }
      network.outputs.append(input.source)
      reader.note("what [\(reader.section.name)] decodes is for the app to do; what enters it is an output")
      return .decoded
    }
  }

  /// Boxes at each place, each of some numbers and one for each class.
  private static func values(
    _ shape: Shape, _ boxes: Int, _ numbers: Int, _ classes: Int
  ) -> (count: CheckedInteger, sum: String) {
    let channels = CheckedInteger(boxes) * (CheckedInteger(numbers) + classes)
    return (
      channels * shape.area, "\(boxes)*(\(numbers) + \(classes))x\(shape.height)x\(shape.width)"
    )
  }

  private static let detection: @Sendable (SectionReader, Shape) -> (count: CheckedInteger, sum: String)? = {
    reader, _ in
    let side = reader.integer("side", default: 7)
    let coordinates = reader.integer("coords", default: 1)
    let (boxes, count) = (
      reader.integer("num", default: 1), reader.integer("classes", default: 1, in: classes)
    )
    let each = (CheckedInteger(coordinates) + 1) * boxes + count
    return (
      CheckedInteger(side) * side * each, "\(side)*\(side)*((1 + \(coordinates))*\(boxes) + \(count))"
    )
  }
}
