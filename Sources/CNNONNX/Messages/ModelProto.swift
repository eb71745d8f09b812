import CNNProtobuf

/// An ONNX file: a graph and the versions of the operators in it.
package struct ModelProto: Sendable {
  package var irVersion: Int
  package var producerName: String
  package var producerVersion: String
  package var graph: GraphProto
  package var operatorSets: [OperatorSetIdProto]
  package var metadata: [StringStringEntry]
  /// Whether it defines operators by graphs of their own.
  package var hasFunctions = false

  package init(irVersion: Int = 10, operatorSet: Int, graph: GraphProto) {
    self.irVersion = irVersion
    producerName = ""
    producerVersion = ""
    self.graph = graph
    operatorSets = [OperatorSetIdProto(domain: "", version: operatorSet)]
    metadata = []
  }

  package init(from reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    self.init(irVersion: 0, operatorSet: 0, graph: GraphProto())
    operatorSets = []
    while let field = try reader.next() {
      switch field.number {
      case 1: irVersion = try field.integer()
      case 2: producerName = try field.string()
      case 3: producerVersion = try field.string()
      case 7: graph = try GraphProto(from: field.message())
      case 8: operatorSets.append(try OperatorSetIdProto(from: field.message()))
      case 14: metadata.append(try StringStringEntry(from: field.message()))
      case 25: hasFunctions = true
      default: break
      }
    }
  }

  package func write(to writer: inout ProtobufWriter) {
    writeBesidesGraph(to: &writer)
    writer.message(7, graph.write)
  }

  /// Writes all fields but the graph.
  func writeBesidesGraph(to writer: inout ProtobufWriter) {
    writer.integer(1, irVersion)
    writer.optionalString(2, producerName)
    writer.optionalString(3, producerVersion)
    for set in operatorSets { writer.message(8, set.write) }
    for entry in metadata { writer.message(14, entry.write) }
  }

  /// The whole file.
  package var bytes: [UInt8] {
    var writer = ProtobufWriter()
    write(to: &writer)
    return writer.bytes
  }

  /// The version of ONNX's own operators.
  package var operatorSet: Int? {
    operatorSets.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }?.version
  }
}

/// Which version of a domain's operators a model is written in.
package struct OperatorSetIdProto: Hashable, Sendable {
  package var domain: String
  package var version: Int

  package init(domain: String, version: Int) {
    self.domain = domain
    self.version = version
  }

  package init(from reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    self.init(domain: "", version: 0)
    while let field = try reader.next() {
      switch field.number {
      case 1: domain = try field.string()
      case 2: version = try field.integer()
      default: break
      }
    }
  }

  package func write(to writer: inout ProtobufWriter) {
    writer.string(1, domain)
    writer.integer(2, version)
  }
}
