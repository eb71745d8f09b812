import CNNProtobuf

/// A graph: nodes in an order in which they can be computed, named values between them.
package struct GraphProto: Sendable {
  package var name = ""
  package var nodes: [NodeProto] = []
  package var initializers: [TensorProto] = []
  /// Until version 4 of the format initializers are listed here, too.
  package var inputs: [ValueInfoProto] = []
  package var outputs: [ValueInfoProto] = []
  /// Whether some initializer lists only its elements that are not zero.
  package var hasSparseInitializers = false

  package init() {}

  package init(from reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1: nodes.append(try NodeProto(from: field.message()))
      case 2: name = try field.string()
      case 5: initializers.append(try TensorProto(from: field.message()))
      case 11: inputs.append(try ValueInfoProto(from: field.message()))
      case 12: outputs.append(try ValueInfoProto(from: field.message()))
      case 15: hasSparseInitializers = true
      default: break
      }
    }
  }

  package func write(to writer: inout ProtobufWriter) {
    for node in nodes { writer.message(1, node.write) }
    writer.string(2, name)
    for tensor in initializers { writer.message(5, tensor.write) }
    for input in inputs { writer.message(11, input.write) }
    for output in outputs { writer.message(12, output.write) }
  }
}

/// A value's name and type.
package struct ValueInfoProto: Sendable {
  package var name: String
  package var type: TypeProto

  package init(_ name: String, _ type: TypeProto) {
    self.name = name
    self.type = type
  }

  package init(from reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    self.init("", .other)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.string()
      case 2: type = try TypeProto(from: field.message())
      default: break
      }
    }
  }

  package func write(to writer: inout ProtobufWriter) {
    writer.string(1, name)
    writer.message(2, type.write)
  }
}

/// What a value is.
package enum TypeProto: Sendable {
  /// - Parameter shape: nil where the number of dimensions is not known.
  case tensor(elementType: Int, shape: TensorShapeProto?)
  /// A sequence, a map or something else that is no tensor.
  case other

  package init(from reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    self = .other
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      var inner = try field.message()
      var elementType = 0
      var shape: TensorShapeProto?
      while let field = try inner.next() {
        switch field.number {
        case 1: elementType = try field.integer()
        case 2: shape = try TensorShapeProto(from: field.message())
        default: break
        }
      }
      self = .tensor(elementType: elementType, shape: shape)
    }
  }

  package func write(to writer: inout ProtobufWriter) {
    guard case .tensor(let elementType, let shape) = self else { return }
    writer.message(1) { writer in
      writer.integer(1, elementType)
      if let shape { writer.message(2, shape.write) }
    }
  }
}

/// The dimensions of a tensor.
package struct TensorShapeProto: Hashable, Sendable {
  package enum Dimension: Hashable, Sendable, CustomStringConvertible {
    case size(Int)
    /// One that a run decides: `N`.
    case symbol(String)
    case unknown

    package var description: String {
      switch self {
      case .size(let size): "\(size)"
      case .symbol(let name): name
      case .unknown: "?"
      }
    }
  }

  package var dimensions: [Dimension]

  package init(_ dimensions: [Dimension]) { self.dimensions = dimensions }

  package init(from reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    dimensions = []
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      var inner = try field.message()
      var dimension = Dimension.unknown
      while let field = try inner.next() {
        switch field.number {
        case 1: dimension = .size(try field.integer())
        case 2: dimension = .symbol(try field.string())
        default: break
        }
      }
      dimensions.append(dimension)
    }
  }

  package func write(to writer: inout ProtobufWriter) {
    for dimension in dimensions {
      writer.message(1) { writer in
        switch dimension {
        case .size(let size): writer.integer(1, size)
        case .symbol(let name): writer.string(2, name)
        case .unknown: break
        }
      }
    }
  }
}
