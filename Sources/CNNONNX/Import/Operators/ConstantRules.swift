import CNNGraph
import CNNSpec

/// Constants, and the arithmetic of shapes that is known when a model is imported.
enum ConstantRules {
  static let all = [
    OperatorRule(
      "Constant", ["value", "value_float", "value_floats", "value_int", "value_ints"], constant),
    OperatorRule("ConstantOfShape", ["value"], limits: "of a constant shape", constantOfShape),
    OperatorRule("Shape", ["end", "start"], shape),
    OperatorRule("Gather", ["axis"], limits: "of constant vectors of integers", gather),
    OperatorRule(
      "Slice", ["axes", "ends", "starts"],
      limits: "of constant vectors of integers; the middle of an image's height and width", slice),
    OperatorRule("Cast", ["saturate", "to"], limits: "of constants; to float32", cast),
  ]

  static func constant(_ node: NodeContext) throws(Refusal) {
    let value: Constant
    if let tensor = try node.tensor("value") {
      value = tensor
    } else if let number = try node.float("value_float") {
      value = Constant([], floats: [number])
    } else if let numbers = try node.floats("value_floats") {
      value = Constant([numbers.count], floats: numbers)
    } else if let number = try node.integer("value_int") {
      value = Constant([], .integers([number]))
    } else if let numbers = try node.integers("value_ints") {
      value = Constant(integers: numbers)
    } else {
      throw node.refuse("it has no value")
    }
    node.setOutput(.constant(value))
  }

  static func constantOfShape(_ node: NodeContext) throws(Refusal) {
    guard let dimensions = try node.optionalIntegers(0), dimensions.count <= 16 else {
      throw node.refuse("its shape is missing, or has too many dimensions")
    }
    let value = try node.tensor("value") ?? Constant([1], floats: [0])
    guard value.count == 1 else { throw node.refuse("its value is \(value.dimensions), expected one number") }
    let count = try node.builder.countMade(dimensions)
    if let number = value.floats?.values().first {
      return node.setOutput(.constant(Constant(dimensions, .floats(.splat(number, count: count)))))
    }
    guard count <= Constant.mostIntegers, let number = value.integers?.first else {
      throw node.refuse("it makes \(count) integers")
    }
    node.setOutput(.constant(Constant(dimensions, .integers([Int](repeating: number, count: count)))))
  }

  static func shape(_ node: NodeContext) throws(Refusal) {
    let dimensions: [Int] =
      switch try node.input(0) {
      case .activation(let activation): activation.dimensions
      case .constant(let constant): constant.dimensions
      case .indices, .unknown: throw .dependent
      }
    func place(_ value: Int) -> Int {
      min(max(value < 0 ? value + dimensions.count : value, 0), dimensions.count)
    }
    let start = place(max(try node.integer("start", default: 0), -dimensions.count))
    let end = place(max(try node.integer("end", default: dimensions.count), -dimensions.count))
    node.setOutput(.constant(Constant(integers: start < end ? Array(dimensions[start..<end]) : [])))
  }

  static func gather(_ node: NodeContext) throws(Refusal) {
    guard let values = try node.optionalIntegers(0), try node.constant(0).dimensions.count == 1,
      [0, -1].contains(try node.integer("axis", default: 0))
    else { throw node.refuse("only numbers of a vector can be gathered") }
    let indices = try node.constant(1)
    guard let places = indices.integers else { throw node.refuse("its indices are no integers") }
    try node.builder.countMade(indices.dimensions)
    var found: [Int] = []
    for place in places { found.append(values[try node.axis(place, of: values.count)]) }
    node.setOutput(.constant(Constant(indices.dimensions, .integers(found))))
  }

  /// Attributes until opset 9, inputs since.
  static func slice(_ node: NodeContext) throws(Refusal) {
    if case .activation(let x) = try node.input(0) { return try SizeRules.crop(node, x) }
    guard let values = try node.optionalIntegers(0), try node.constant(0).dimensions.count == 1 else {
      throw node.refuse("only a vector of integers can be sliced")
    }
    let ranges = try node.slices(of: [values.count])
    try node.builder.countMade([ranges[0].count])
    node.setOutput(.constant(Constant(integers: Array(values[ranges[0]]))))
  }

  static func cast(_ node: NodeContext) throws(Refusal) {
    guard let number = try node.integer("to") else { throw node.refuse("`to` is missing") }
    let type = TensorProto.ElementType(rawValue: number)
    switch (try node.input(0), type) {
    case (.activation(let x), .float): node.setOutput(x)
    case (.constant(let constant), .float), (.constant(let constant), .double):
      if let integers = constant.integers {
        try node.builder.countMade(constant.dimensions)
        node.setOutput(.constant(Constant(constant.dimensions, floats: integers.map { Float($0) })))
      } else {
        node.setOutput(.constant(constant))
      }
    case (.constant(let constant), .int64), (.constant(let constant), .int32):
      guard constant.count <= Constant.mostIntegers else {
        throw node.refuse("it makes \(constant.count) integers")
      }
      try node.builder.countMade(constant.dimensions)
      var values = constant.integers ?? []
      for value in constant.floats?.values() ?? [] {
        guard let integer = Int(exactly: value.rounded(.towardZero)) else {
          throw node.refuse("\(value) is no integer")
        }
        values.append(integer)
      }
      node.setOutput(.constant(Constant(constant.dimensions, .integers(values))))
    case (.unknown, _): throw .dependent
    default: throw node.refuse("a cast to the type \(number) is not supported")
    }
  }
}

extension NodeContext {
  /// The part of each dimension that a Slice takes. Attributes until opset 9, inputs since.
  func slices(of dimensions: [Int]) throws(Refusal) -> [Range<Int>] {
    let isAttribute = operatorSet < 10
    let starts = try isAttribute ? integers("starts") : optionalIntegers(1)
    let ends = try isAttribute ? integers("ends") : optionalIntegers(2)
    guard let starts, let ends, starts.count == ends.count, starts.count <= dimensions.count else {
      throw refuse("its starts and ends are missing, or not as many as each other")
    }
    let axes = try (isAttribute ? integers("axes") : optionalIntegers(3)) ?? Array(starts.indices)
    let steps = try (isAttribute ? nil : optionalIntegers(4)) ?? [Int](repeating: 1, count: starts.count)
    guard axes.count == starts.count, steps.count == starts.count, steps.allSatisfy({ $0 == 1 }) else {
      throw refuse("only parts with step 1 can be taken")
    }
    var ranges = dimensions.map { 0..<$0 }
    for (index, given) in axes.enumerated() {
      let axis = try axis(given, of: dimensions.count)
      let length = dimensions[axis]
      // Past either end is the end.
      func place(_ value: Int) -> Int { value < 0 ? max(value, -length) + length : min(value, length) }
      let start = place(starts[index])
      ranges[axis] = start..<max(start, place(ends[index]))
    }
    return ranges
  }
}
