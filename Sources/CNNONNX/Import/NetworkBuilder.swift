import CNNGraph
import CNNImport
import CNNSpec

/// The network as far as its model's nodes have been imported.
final class NetworkBuilder {
  private(set) var layers: [ImportedLayer] = []
  let batch: Int
  /// Whether layers are called as the nodes are.
  let keepsNames: Bool
  private var values: [String: ImportedValue] = [:]
  /// Values that are read from each source.
  private var names: [ImportedLayer.Source: Int] = [:]
  private let initializers: [String: TensorProto]
  /// How often values are read, by nodes and as the model's outputs.
  private let uses: [String: Int]
  private let reading: TensorReading
  /// What reshapes there are already.
  private var reshapes: [Reshaping: ImportedLayer.Source] = [:]
  private var made = MadeElements()
  /// Numbers that tensors of the file hold, each tensor as often as it stands there.
  private var held = CheckedInteger(0)

  private struct Reshaping: Hashable {
    var source: ImportedLayer.Source
    var shape: Shape
  }

  init(
    batch: Int, keepsNames: Bool, initializers: [String: TensorProto], uses: [String: Int],
    reading: TensorReading
  ) {
    self.batch = batch
    self.keepsNames = keepsNames
    self.initializers = initializers
    self.uses = uses
    self.reading = reading
  }

  // MARK: Values

  func set(_ name: String, _ value: ImportedValue) {
    values[name] = value
    switch value {
    case .activation(let activation): names[activation.source, default: 0] += 1
    case .constant(var constant) where constant.name == nil:
      constant.name = name
      values[name] = .constant(constant)
    case .constant, .indices, .unknown: break
    }
  }

  func isUsed(_ name: String) -> Bool { uses[name, default: 0] > 0 }

  func value(named name: String) throws(Refusal) -> ImportedValue {
    if let value = values[name] { return value }
    guard let tensor = initializers[name] else { preconditionFailure("the order was checked: \(name)") }
    set(name, .constant(try constant(tensor, called: "`\(name)`")))
    return values[name, default: .unknown]
  }

  /// - Parameter title: what messages call the tensor.
  func constant(_ tensor: TensorProto, called title: String = "its tensor") throws(Refusal) -> Constant {
    do throws(TensorReading.Failure) {
      let constant = try reading.constant(tensor)
      held = held + constant.count
      return constant
    } catch {
      throw .damaged("\(title) \(error.reason)")
    }
  }

  /// Counts the elements of a constant that no file holds, of which a model may have so many.
  /// - Returns: how many they are.
  @discardableResult
  func countMade(_ dimensions: [Int]) throws(Refusal) -> Int {
    guard Constant.isSound(dimensions), let count = CheckedInteger.product(dimensions).value, made.add(count)
    else {
      throw .unsupported(
        "it makes a constant of the dimensions \(dimensions); all of them together are too large")
    }
    return count
  }

  /// How many parameters the layers have past those that the file holds; nil for no more than a model may make.
  ///
  /// Any number of nodes may read one tensor, and each becomes a layer with weights of its own.
  var excessParameters: Int? {
    let counts = layers.flatMap { $0.tensors.map { CheckedInteger.product($0.dimensions) } }
    let all = counts.reduce(CheckedInteger(0), +)
    guard let excess = (all - held).value else { return .max }
    return excess > MadeElements.most ? excess : nil
  }

  // MARK: Layers

  func add(_ layer: ImportedLayer) -> ImportedLayer.Source {
    layers.append(layer)
    return .layer(layers.count - 1)
  }

  /// The layer that computes a value which has one reader and no other name, so that it may be changed.
  func soleReader(of value: Activation, named name: String) -> Int? {
    guard case .layer(let index) = value.source, names[value.source] == 1, uses[name] == 1 else { return nil }
    return index
  }

  /// Lets a layer compute weight * y + bias in place of y, a number a channel each, if it can.
  func merge(_ index: Int, weight: [Float]?, bias: [Float]?) -> Bool {
    func values(_ tensor: Int) -> [Float] {
      guard let source = layers[index].tensors[tensor].values else {
        preconditionFailure("an ONNX model has all numbers")
      }
      return source.values()
    }
    switch layers[index].kind {
    case "scale":
      var (factor, sum) = (values(0), values(1))
      if let weight {
        // Not where the product of two factors is no longer what one after the other computes.
        let isKept = zip(factor, weight).allSatisfy { ($0 * $1).isNormal || $0 == 0 || $1 == 0 }
        guard isKept else { return false }
        (factor, sum) = (zip(factor, weight).map { $0 * $1 }, zip(sum, weight).map { $0 * $1 })
      }
      if let bias { sum = zip(sum, bias).map { $0 + $1 } }
      guard sum.allSatisfy(\.isFinite) else { return false }
      layers[index].tensors[0].values = .values(factor)
      layers[index].tensors[1].values = .values(sum)
      return true
    case "conv", "depthwise", "deconv", "fc":
      guard weight == nil, let bias, layers[index].tensors.count == 1 else { return false }
      layers[index].tensors.append(.init("bias", [bias.count], .values(bias)))
      layers[index].arguments.removeAll { $0.name == "bias" }
      return true
    default: return false
    }
  }

  /// Says what the last of the nodes that a layer stands for is called.
  func rename(_ index: Int, _ label: String?) { if let label { layers[index].label = label } }

  /// What computes a value in a given shape.
  func reshape(_ value: Activation, to shape: Shape) -> ImportedLayer.Source {
    precondition(value.base.count == shape.count, "\(value.base) is no \(shape)")
    if value.base == shape { return value.source }
    let key = Reshaping(source: value.source, shape: shape)
    if let known = reshapes[key] { return known }
    let source = add(.view(of: value.source, as: shape))
    reshapes[key] = source
    return source
  }

  /// The shape of an image as which a network of images computes dimensions, the batch first: [N, C, H, W] as it says,
  /// [N, F] as F x 1 x 1. Nil where there are no elements or too many.
  static func shape(of dimensions: [Int]) -> Shape? {
    .ofImage(dimensions.dropFirst())
  }
}
