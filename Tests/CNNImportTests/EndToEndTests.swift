import CNN
import CNNCaffe
import CNNDarknet
import CNNImport
import CNNONNX
import CNNProtobuf
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Testing

/// Whole networks in the files of other programs: the spec that a person would have written, to the letter, and the same
/// bits as the layers written one by one.
struct EndToEndTests {
  /// - Parameters:
  ///   - expected: the spec from `network` on.
  ///   - flat: a spec of the same layers in the same order, without blocks, repeats and patterns.
  private static func expect(
    _ network: ImportedNetwork, _ expected: String, as flat: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let lines = network.spec.split(separator: "\n").drop { !$0.hasPrefix("network") }
    #expect(lines.joined(separator: "\n") == expected, sourceLocation: sourceLocation)
    let weights = try #require(try network.weights(), sourceLocation: sourceLocation)
    let (model, plain) = (try Model(network.source.report()), try Model(text: flat, name: "flat.yaml"))
    try #require(plain.tensors.count == model.tensors.count, sourceLocation: sourceLocation)
    let tensors = try zip(plain.tensors, model.tensors).map { plain, tensor in
      NamedTensor(plain.name, plain.dimensions, try #require(weights.values(of: tensor.name)))
    }
    let scores = try scores(model, weights)
    #expect(try scores == Self.scores(plain, Weights(tensors)), sourceLocation: sourceLocation)
    #expect(Set(scores).count > 3, sourceLocation: sourceLocation)
  }

  private static func scores(_ model: Model, _ weights: Weights) throws -> [UInt32] {
    var numbers = SeededNumbers(seed: 9)
    let image = (0..<model.inputShape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &numbers) }
    var session = try model.compile(weights: .tensors(weights)).makeSession()
    return Array(try session.run(image)).map(\.bitPattern)
  }

  // MARK: ONNX

  /// Two stages of two blocks as PyTorch calls and torchvision builds them.
  private static let residual: String = {
    var text = "input: 3x17x17\nnetwork:\n  - conv:conv1(8, 3, pad=1, bias=no) - bn:bn1 - relu\n"
    for (stage, filters) in [8, 16].enumerated() {
      for block in 0..<2 {
        let name = "layer\(stage + 1)_\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        let shortcut =
          stride == 1
          ? "identity"
          : "conv:\(name)_downsample_0(\(filters), 1, stride=2, bias=no) - bn:\(name)_downsample_1"
        text += """
            - add:
                - conv:\(name)_conv1(\(filters), 3, stride=\(stride), pad=1, bias=no) - bn:\(name)_bn1 - relu
                  - conv:\(name)_conv2(\(filters), 3, pad=1, bias=no) - bn:\(name)_bn2
                - \(shortcut)
            - relu

          """
      }
    }
    return text + "  - globalavgpool - fc:fc(10)\n"
  }()

  /// The model that another program than this one would have written: the weights' names are all that is left.
  private static func model(_ spec: String) throws -> ModelProto {
    let model = try Model(text: spec, name: "small.yaml")
    let folder = try TemporaryFolder()
    let path = folder.path + "/small.onnx"
    try ExportedModel(model.network).write(model.load(.random(seed: 3)), to: path)
    var written = try ModelFile(bytes: FileSystem.read(path), name: "small.onnx").model
    written.producerName = "pytorch"
    written.metadata = []
    for index in written.graph.nodes.indices { written.graph.nodes[index].name = "" }
    return try ModelProto(from: ProtobufReader(ByteSlice(written.bytes)))
  }

  @Test func `a ResNet of an ONNX model`() throws {
    let file = try ModelFile(bytes: Self.model(Self.residual).bytes, name: "small.onnx")
    try Self.expect(
      ImportedNetwork(file),
      """
      network:
        - conv(8, 3x3, pad=1, bias=no) - bn - relu
        - basic(8)*2
        - basic(16, stride=2, project=yes) - basic(16)
        - globalavgpool - fc(10)
      blocks:
        basic:
          parameters: {filters: required, stride: 1, project: no}
          network:
            - add:
                - conv(filters, 3x3, stride=stride, pad=1, bias=no) - bn - relu
                  - conv(filters, 3x3, pad=1, bias=no) - bn
                - (conv:downsample(filters, 1x1, stride=stride, bias=no) - bn)?project
            - relu
      """, as: Self.residual)
  }

  // MARK: Caffe

  private static let stages: [(count: Int, filters: Int)] = [(1, 4), (2, 6), (2, 8)]

  /// A VGG with what its layers are called in the paper's authors' own files.
  private static func prototxt() -> String {
    var text = "input: \"data\" input_shape { dim: 1 dim: 3 dim: 16 dim: 16 }\n"
    var value = "data"
    func add(_ type: String, _ name: String, _ parameters: String, inPlace: Bool = false) {
      let top = inPlace ? value : name
      text +=
        "layer { name: \"\(name)\" type: \"\(type)\" bottom: \"\(value)\" top: \"\(top)\" \(parameters) }\n"
      value = top
    }
    for (stage, (count, filters)) in stages.enumerated() {
      for place in 0..<count {
        let name = "\(stage + 1)_\(place + 1)"
        add(
          "Convolution", "conv" + name, "convolution_param { num_output: \(filters) kernel_size: 3 pad: 1 }")
        add("ReLU", "relu" + name, "", inPlace: true)
      }
      add("Pooling", "pool\(stage + 1)", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }")
    }
    for name in ["fc6", "fc7"] {
      add("InnerProduct", name, "inner_product_param { num_output: 12 }")
      add("ReLU", "relu" + name, "", inPlace: true)
    }
    add("InnerProduct", "fc8", "inner_product_param { num_output: 5 }")
    add("Softmax", "prob", "")
    return text
  }

  private static let vgg: String = {
    let lines = stages.map { count, filters in
      "  - " + String(repeating: "conv(\(filters), 3, pad=1) - relu - ", count: count) + "maxpool(2)\n"
    }
    return "input: 3x16x16\nnetwork:\n" + lines.joined()
      + "  - fc(12) - relu - fc(12) - relu - fc(5) - softmax\n"
  }()

  /// A caffemodel with numbers for the layers of a spec, under other names.
  private static func caffemodel(_ names: [String], like spec: String) throws -> CaffeModel {
    let model = try Model(text: spec, name: "small.yaml")
    let weights = try model.load(.random(seed: 4))
    var writer = ProtobufWriter()
    for (place, name) in names.enumerated() {
      let tensors = try model.tensors[2 * place..<2 * place + 2].map {
        ($0.dimensions, Array(try #require(weights.values(of: $0.name))))
      }
      writer.message(100) { layer in
        layer.string(1, name)
        for (dimensions, values) in tensors {
          layer.message(7) { blob in
            blob.message(7) { $0.packedIntegers(1, dimensions) }
            blob.packedFloats(5, values)
          }
        }
      }
    }
    return try CaffeModel(bytes: writer.bytes, name: "small.caffemodel")
  }

  @Test func `a VGG of a Caffe network`() throws {
    let names = ["conv1_1", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "fc6", "fc7", "fc8"]
    let network = try ImportedNetwork(
      caffe: SourceText(name: "small.prototxt", Self.prototxt()),
      model: Self.caffemodel(names, like: Self.vgg))
    try Self.expect(
      network,
      """
      network: "[(CONV-RELU)*N-POOL]*M-(FC-RELU)*K-FC:scores, SOFTMAX"
      where:
        N: [1, 2, 2]
        M: 3
        K: 2
        CONV: {kernel: 3, pad: 1, filters: [4, 6, 8]}
        POOL: 2
        FC: 12
        scores: 5
      preprocess: {color: bgr, scale: 1}
      """, as: Self.vgg)
  }

  // MARK: Darknet

  /// The filters of an inception's views: 1x1, 3x3 and what narrows for it, 5x5 likewise, behind the pool.
  private static let views = [[4, 3, 5, 2, 3, 2], [5, 4, 6, 2, 4, 3], [6, 3, 7, 4, 5, 2]]

  private static func configuration() -> String {
    func conv(_ filters: Int, _ size: Int) -> String {
      "[convolutional]\nfilters=\(filters)\nsize=\(size)\npad=1\nactivation=relu\n"
    }
    var text = "[net]\nchannels=3\nheight=16\nwidth=16\n" + conv(8, 3) + "[maxpool]\nsize=2\nstride=2\n"
    for n in views {
      text += conv(n[0], 1) + "[route]\nlayers=-2\n" + conv(n[1], 1) + conv(n[2], 3)
      text += "[route]\nlayers=-5\n" + conv(n[3], 1) + conv(n[4], 5)
      text += "[route]\nlayers=-8\n[maxpool]\nsize=3\nstride=1\npadding=2\n" + conv(n[5], 1)
      text += "[route]\nlayers=-10,-7,-4,-1\n"
    }
    return text + "[avgpool]\n[connected]\noutput=4\nactivation=linear\n[softmax]\n"
  }

  private static let inception: String = {
    var text = "input: 3x16x16\nnetwork:\n  - conv(8, 3, pad=1) - relu - maxpool(2)\n"
    for n in views {
      text += """
          - concat:
              - conv(\(n[0]), 1) - relu
              - conv(\(n[1]), 1) - relu - conv(\(n[2]), 3, pad=1) - relu
              - conv(\(n[3]), 1) - relu - conv(\(n[4]), 5, pad=2) - relu
              - maxpool(3, stride=1, pad=1) - conv(\(n[5]), 1) - relu

        """
    }
    return text + "  - globalavgpool - fc(4) - softmax\n"
  }()

  /// A weights file of numbers for the layers of a spec: Darknet has a layer's bias first.
  private static func darknetWeights(like spec: String) throws -> DarknetWeights {
    let model = try Model(text: spec, name: "small.yaml")
    let weights = try model.load(.random(seed: 6))
    var bytes: [UInt8] = [0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    for pair in stride(from: 0, to: model.tensors.count, by: 2) {
      for tensor in [model.tensors[pair + 1], model.tensors[pair]] {
        bytes += try #require(weights.values(of: tensor.name)).withUnsafeBytes { Array($0) }
      }
    }
    return try DarknetWeights(bytes: bytes, name: "small.weights")
  }

  @Test func `an Inception of a Darknet network`() throws {
    let configuration = try Configuration(SourceText(name: "small.cfg", Self.configuration()))
    try Self.expect(
      ImportedNetwork(darknet: configuration, Self.darknetWeights(like: Self.inception)),
      """
      network:
        - conv(8, 3x3, pad=1) - relu - maxpool(2x2)
        - inception(4, 3, 5, 2, 3, 2)
        - inception(5, 4, 6, 2, 4, 3)
        - inception(6, 3, 7, 4, 5, 2)
        - globalavgpool - fc(4) - softmax
      blocks:
        inception:
          parameters: {n1: required, reduce3: required, n3: required, reduce5: required, n5: required, projection: required}
          network:
            - concat:
                - conv(n1, 1x1) - relu
                - conv(reduce3, 1x1) - relu - conv(n3, 3x3, pad=1) - relu
                - conv(reduce5, 1x1) - relu - conv(n5, 5x5, pad=2) - relu
                - maxpool(3x3, stride=1, pad=1) - conv(projection, 1x1) - relu
      preprocess: {resize: 16, scale: 1/255}
      """, as: Self.inception)
  }
}
