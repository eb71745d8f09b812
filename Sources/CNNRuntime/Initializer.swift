import CNNGraph
import CNNPlan
import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension TrainingRecipe.Initializer {
  func deviation(fanIn: Double, fanOut: Double) -> Double {
    switch self {
    case .he: (2 / max(fanIn, 1)).squareRoot()
    case .glorot: (2 / max(fanIn + fanOut, 1)).squareRoot()
    case .lecun: (1 / max(fanIn, 1)).squareRoot()
    }
  }
}

/// What a tensor holds before anything was learned.
package enum InitialValue: Hashable, Sendable {
  /// Drawn, by the numbers of products that enter a sum and that an input enters.
  case normal(fanIn: Double, fanOut: Double)
  /// Drawn where filter k (the first dimension) reads channel d (the second), else zero.
  case connected(fanIn: Double, fanOut: Double, channels: [[Int]])
  case constant(Float)
  /// Drawn: -1 or 1.
  case sign
}

extension Graph {
  /// The parameters that nodes read, each with what it holds before training.
  package func initialTensors() -> [(tensor: ExecutionPlan.Parameter, value: InitialValue)] {
    var initial: [ValueID: InitialValue] = [:]
    for node in nodes {
      for (index, id) in node.parameters.enumerated()
      where initial[id] == nil && self[id].definition == .parameter {
        initial[id] = initialValue(of: index, for: node)
      }
    }
    return parameters.compactMap { id in
      initial[id].map { (.init(name: self[id].name, dimensions: self[id].type.dimensions), $0) }
    }
  }

  /// What the parameter with an index among a node's holds.
  private func initialValue(of index: Int, for node: Node) -> InitialValue {
    let dimensions = self[node.parameters[index]].type.dimensions
    let area = Double(dimensions.dropFirst(2).reduce(1, *))
    switch node.op {
    case .conv2d(let conv) where index == 0:
      if let channels = conv.connections {
        let pairs = Double(channels.reduce(0) { $0 + $1.count }) * area
        return .connected(
          fanIn: pairs / Double(dimensions[0]), fanOut: pairs / Double(dimensions[1]), channels: channels)
      }
      return .normal(
        fanIn: Double(dimensions[1]) * area, fanOut: Double(dimensions[0] / conv.groups) * area)
    case .deconv2d(let deconv) where index == 0:
      // An output gets one product from each stride x stride-th element of the kernel.
      let stride = Double(deconv.stride.height * deconv.stride.width)
      return .normal(
        fanIn: Double(dimensions[0] / deconv.groups) * area / stride, fanOut: Double(dimensions[1]) * area)
    case .dense where index == 0:
      return .normal(fanIn: Double(dimensions[1]), fanOut: Double(dimensions[0]))
    case .radialBasis: return .sign
    case .prelu: return .constant(0.25)
    case .batchNorm: return .constant(index == 0 || index == 3 ? 1 : 0)
    case .channelAffine: return index == 0 ? .constant(1 / summands(of: node.inputs[0])) : .constant(0)
    case .foldBatchNorm, .changeLayout, .gradient, .training, .conv2d, .convPool2d, .deconv2d, .dense,
      .activation,
      .pool2d, .unpool2d,
      .localResponseNorm, .softmax, .dropout, .reshape, .identity, .pad2d, .crop2d, .upsample2d,
      .channelShuffle, .add, .multiply, .concat:
      return .constant(0)
    }
  }

  /// Elements that a value is the sum of: LeNet's subsampling begins as an average.
  private func summands(of value: ValueID) -> Float {
    guard case .output(let producer, _) = self[value].definition, case .pool2d(let pool) = self[producer].op,
      case .sum = pool.mode
    else { return 1 }
    return Float(pool.window.kernel.height * pool.window.kernel.width)
  }
}

extension Weights {
  /// Draws tensors. Each depends on the seed and its own name alone, whatever else the network has.
  package convenience init(
    drawing tensors: [(tensor: ExecutionPlan.Parameter, value: InitialValue)], seed: UInt64,
    by initializer: TrainingRecipe.Initializer = .he
  ) throws(Diagnostics) {
    try Self.checkMemory(for: tensors.map(\.tensor))
    try self.init(tensors.map(\.tensor)) { index, target in
      let (tensor, value) = tensors[index]
      value.write(to: target, tensor.dimensions, RandomStream(seed: seed, name: tensor.name), initializer)
    }
  }

  /// Refuses, before the first is drawn, tensors that the machine has no room for twice: as drawn, and packed.
  private static func checkMemory(for tensors: [ExecutionPlan.Parameter]) throws(Diagnostics) {
    let physical = Arena.physicalBytes
    var bytes = CheckedInteger(0)
    for tensor in tensors {
      bytes += CheckedInteger.product(tensor.dimensions) * MemoryLayout<Float>.size
      guard let bytes = bytes.value, bytes <= physical / 2 else {
        throw Diagnostics(
          Diagnostic(
            .memoryLimit,
            "the weights up to \(tensor.name) do not fit this machine's \(physical) bytes",
            at: .none, help: ["a smaller network"]))
      }
    }
  }
}

extension InitialValue {
  /// Writes all elements of a tensor, which are 0 before.
  fileprivate func write(
    to elements: UnsafeMutableBufferPointer<Float>, _ dimensions: [Int], _ numbers: RandomStream,
    _ initializer: TrainingRecipe.Initializer
  ) {
    switch self {
    case .constant(let constant):
      elements.update(repeating: constant)
    case .sign:
      for index in elements.indices { elements[index] = numbers.bits(index) >> 63 == 0 ? -1 : 1 }
    case .normal(let fanIn, let fanOut):
      let deviation = initializer.deviation(fanIn: fanIn, fanOut: fanOut)
      for index in elements.indices { elements[index] = Float(deviation * numbers.normal(index)) }
    case .connected(let fanIn, let fanOut, let channels):
      let deviation = initializer.deviation(fanIn: fanIn, fanOut: fanOut)
      let area = dimensions.dropFirst(2).reduce(1, *)
      for (filter, channels) in channels.enumerated() {
        for channel in channels {
          let start = (filter * dimensions[1] + channel) * area
          for index in start..<start + area { elements[index] = Float(deviation * numbers.normal(index)) }
        }
      }
    }
  }
}

/// Numbers that are computed from a counter, so that any of them is known without those before it.
struct RandomStream {
  private let key: UInt64

  /// A stream of its own for each name (its FNV-1a hash).
  init(seed: UInt64, name: String) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    key = Self.mix(hash ^ Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15))
  }

  func bits(_ index: Int) -> UInt64 {
    Self.mix(key &+ (UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// Box and Muller's transform of two uniform numbers.
  func normal(_ index: Int) -> Double {
    let u = (Double(bits(2 * index) >> 11) + 1) * 0x1p-53
    let v = Double(bits(2 * index + 1) >> 11) * 0x1p-53
    return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
  }

  /// The finalizer of SplitMix64.
  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
