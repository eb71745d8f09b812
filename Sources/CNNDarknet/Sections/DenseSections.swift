import CNNGraph
import CNNImport

/// Fully connected layers, and a batch norm by itself.
enum DenseSections {
  static let all: [([String], SectionRule)] = [
    (["conn", "connected"], SectionRule(connected)),
    (["batchnorm"], SectionRule(batchnorm)),
  ]

  static func connected(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let units = reader.integer("output", default: 1)
    let isNormalized = reader.flag("batch_normalize")
    let function = Activations.read(reader, default: "logistic")
    try reader.check()
    let input = try network.input(reader)
    let inputs = input.shape.count
    var tensors = [ImportedLayer.Tensor("weight", [units, inputs], nil)]
    if !isNormalized { tensors.append(.init("bias", [units], nil)) }
    let made = network.add(.fc(input.source, tensors: tensors))
    var value = NetworkBuilder.Activation(source: made, shape: Shape(units, 1, 1))
    if isNormalized { value = network.addBatchNorm(value) }
    try network.store(isNormalized ? value.source : made, 1, reader)
    try network.store(made, 0, as: .matrix(rows: units, columns: inputs), reader)
    if isNormalized { try network.storeStatistics(value.source, reader) }
    return .known(Activations.add(function, value, network))
  }

  /// Its biases are no part of the file: they stay zero.
  static func batchnorm(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let value = network.addBatchNorm(try network.image(reader))
    guard case .layer(let index) = value.source else { preconditionFailure("a layer was added") }
    network.set(.splat(0, count: value.shape.channels), index, 1)
    try network.storeStatistics(value.source, reader)
    return .known(value)
  }
}

extension NetworkBuilder {
  /// Scales, means and variances of a batch norm.
  func storeStatistics(_ norm: ImportedLayer.Source, _ reader: SectionReader) throws(Refusal) {
    try store(norm, 0, reader)
    try store(norm, 2, reader)
    try store(norm, 3, as: .variance, reader)
  }
}
