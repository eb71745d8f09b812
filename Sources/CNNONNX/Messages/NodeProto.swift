import CNNProtobuf

/// One operator of an ONNX graph.
package struct NodeProto: Sendable {
  package var operatorType: String
  package var name: String
  /// Empty, or `ai.onnx`, for ONNX's own operators.
  package var domain: String
  /// Names of values; an empty one stands for an optional input that is left out.
  package var inputs: [String]
  package var outputs: [String]
  package var attributes: [AttributeProto]

  package init(
    _ operatorType: String, name: String = "", domain: String = "", inputs: [String], outputs: [String],
    attributes: [AttributeProto] = []
  ) {
    self.operatorType = operatorType
    self.name = name
    self.domain = domain
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
  }

  package init(from reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    self.init("", inputs: [], outputs: [])
    while let field = try reader.next() {
      switch field.number {
      case 1: inputs.append(try field.string())
      case 2: outputs.append(try field.string())
      case 3: name = try field.string()
      case 4: operatorType = try field.string()
      case 5: attributes.append(try AttributeProto(from: field.message()))
      case 7: domain = try field.string()
      default: break
      }
    }
  }

  package func write(to writer: inout ProtobufWriter) {
    for input in inputs { writer.string(1, input) }
    for output in outputs { writer.string(2, output) }
    writer.optionalString(3, name)
    writer.string(4, operatorType)
    for attribute in attributes { writer.message(5, attribute.write) }
    writer.optionalString(7, domain)
  }

  package var isOfONNX: Bool { domain.isEmpty || domain == "ai.onnx" }
}

/// A named constant of an operator.
package struct AttributeProto: Sendable {
  package enum Value: Sendable {
    case float(Float)
    case integer(Int)
    case string(String)
    case tensor(TensorProto)
    case floats([Float])
    case integers([Int])
    case strings([String])
    /// A graph, a type or what else nothing here reads.
    case other
  }

  package var name: String
  package var value: Value

  package init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }

  package init(from reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    self.init("", .other)
    var type = 0
    var floats: [Float] = []
    var integers: [Int] = []
    var strings: [String] = []
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.string()
      case 2: value = .float(try field.float())
      case 3: value = .integer(try field.integer())
      case 4: value = .string(try field.string())
      case 5: value = .tensor(try TensorProto(from: field.message()))
      case 7: floats += try field.floats()
      case 8: integers += try field.integers()
      case 9: strings.append(try field.string())
      case 20: type = try field.integer()
      default: break
      }
    }
    // A scalar that is the type's default may be left out; a file may leave out the type.
    switch (type, value) {
    case (1, .other): value = .float(0)
    case (2, .other): value = .integer(0)
    case (3, .other): value = .string("")
    case (6, _): value = .floats(floats)
    case (7, _): value = .integers(integers)
    case (8, _): value = .strings(strings)
    case (0, .other) where !floats.isEmpty: value = .floats(floats)
    case (0, .other) where !integers.isEmpty: value = .integers(integers)
    case (0, .other) where !strings.isEmpty: value = .strings(strings)
    default: break
    }
  }

  package func write(to writer: inout ProtobufWriter) {
    writer.string(1, name)
    switch value {
    case .float(let number):
      writer.float(2, number)
      writer.integer(20, 1)
    case .integer(let number):
      writer.integer(3, number)
      writer.integer(20, 2)
    case .string(let text):
      writer.string(4, text)
      writer.integer(20, 3)
    case .tensor(let tensor):
      writer.message(5, tensor.write)
      writer.integer(20, 4)
    case .floats(let numbers):
      for number in numbers { writer.float(7, number) }
      writer.integer(20, 6)
    case .integers(let numbers):
      for number in numbers { writer.integer(8, number) }
      writer.integer(20, 7)
    case .strings(let texts):
      for text in texts { writer.string(9, text) }
      writer.integer(20, 8)
    case .other: break
    }
  }
}
