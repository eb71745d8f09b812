import CNNGraph
import CNNImport
import CNNSpec

/// A value of the network while it is imported.
///
/// Caffe reads what a layer computes with other dimensions where nothing else changes: N x 256 x 6 x 6 as N x 9216. Only
/// a layer to which the shape of the image matters gets a `flatten` or a `reshape` in front of it.
struct BlobValue {
  var source: ImportedLayer.Source
  /// What the source computes of one image.
  var base: Shape
  /// How Caffe reads it, without the batch; as many elements as the base has.
  var dimensions: [Int]

  init(_ source: ImportedLayer.Source, _ base: Shape, _ dimensions: [Int]) {
    self.source = source
    self.base = base
    self.dimensions = dimensions
  }

  /// For messages: `Nx3x224x224`.
  var text: String { (["N"] + dimensions.map { "\($0)" }).joined(separator: "x") }
}

/// The network as far as its layers have been imported.
final class NetBuilder {
  private(set) var layers: [ImportedLayer] = []
  let model: CaffeModel?
  /// What is wrong with the weights: the layers, and what of them.
  private(set) var mismatches: [(layer: String, reason: String)] = []
  /// Layers of which the numbers are in the prototxt.
  private(set) var constantLayers: [String] = []
  /// Batch norms that have no factor and bias of their own, which a `Scale` behind them brings.
  private var plainNorms: Set<Int> = []
  private var made = MadeElements()

  init(model: CaffeModel?) { self.model = model }

  func add(_ layer: ImportedLayer) -> ImportedLayer.Source {
    layers.append(layer)
    return .layer(layers.count - 1)
  }

  /// What computes a value in a given shape.
  func reshape(_ value: BlobValue, to shape: Shape) -> ImportedLayer.Source {
    precondition(value.base.count == shape.count, "\(value.base) is no \(shape)")
    return value.base == shape ? value.source : add(.view(of: value.source, as: shape))
  }

  /// One number many times, or nil where all such numbers together are too many.
  func splat(_ value: Float, count: Int) -> FloatSource? {
    made.add(count) ? .splat(value, count: count) : nil
  }

  func noteConstants(of layer: LayerDefinition) { constantLayers.append(layer.title) }

  // MARK: Batch norms

  func notePlainNorm(_ source: ImportedLayer.Source) {
    if case .layer(let index) = source { plainNorms.insert(index) }
  }

  /// Gives a batch norm the factor and the bias of a `Scale` behind it; false where that is no such norm's value.
  func scaleNorm(_ value: BlobValue, weight: FloatSource?, bias: FloatSource?) -> Bool {
    guard case .layer(let index) = value.source, plainNorms.remove(index) != nil else { return false }
    layers[index].tensors[0].values = weight
    layers[index].tensors[1].values = bias
    return true
  }

  // MARK: Weights

  /// The tensors of a layer, in the order of its blobs: from the caffemodel, or without numbers where there is none.
  ///
  /// What is missing or has other dimensions is noted, and told at the end, all at once.
  func blobs(of layer: LayerDefinition, _ wanted: [[Int]]) -> [FloatSource?] {
    guard let model else { return wanted.map { _ in nil } }
    func mismatch(_ reason: String) { mismatches.append((layer.title, reason)) }
    guard let blobs = model.blobs(of: layer.name) else {
      mismatch("the caffemodel has no layer of this name")
      return wanted.map { _ in nil }
    }
    guard blobs.count == wanted.count else {
      mismatch("the caffemodel has \(blobs.count) blobs, expected \(wanted.count)")
      return wanted.map { _ in nil }
    }
    return zip(wanted, blobs).enumerated().map { number, pair in
      let (dimensions, blob) = pair
      // A blob of the older form has four dimensions, the first of them 1 where there are fewer.
      guard blob.dimensions.drop(while: { $0 == 1 }).elementsEqual(dimensions.drop { $0 == 1 }) else {
        mismatch("blob \(number) is \(blob.dimensions), expected \(dimensions)")
        return nil
      }
      guard CheckedInteger.product(dimensions).value == blob.count else {
        mismatch(
          "blob \(number) has \(blob.count) numbers, its dimensions are \(blob.dimensions)")
        return nil
      }
      return blob.values
    }
  }
}
