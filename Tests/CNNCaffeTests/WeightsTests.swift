import CNN
import CNNCaffe
import CNNImport
import CNNProtobuf
import CNNSpec
import CNNTestSupport
import Testing

/// The weights of a caffemodel.
struct WeightsTests {
  private static let conv =
    SmallNets.input
    + SmallNets.layer("Convolution", "c", ["data"], "convolution_param { num_output: 2 kernel_size: 1 }")

  private static func values(_ network: ImportedNetwork) throws -> [String: [Float]] {
    let weights = try #require(try network.weights())
    return Dictionary(
      uniqueKeysWithValues: try network.parameters.map { parameter in
        (parameter.name, try #require(weights.values(of: parameter.name)))
      })
  }

  @Test(arguments: SmallNets.Form.allCases) func `numbers and sizes in any form`(form: SmallNets.Form) throws
  {
    let (weights, bias) = (SmallNets.numbers(6), [0.5, -0.25] as [Float])
    let model = try SmallNets.model([
      ("c", [SmallNets.blob([2, 3, 1, 1], weights, form), SmallNets.blob([2], bias, form)]),
      ("unused", [SmallNets.blob([3], [1, 2, 3], form)]),
    ])
    #expect(try Self.values(SmallNets.network(Self.conv, model)) == ["c.weight": weights, "c.bias": bias])
  }

  @Test func `layers of the older form`() throws {
    let blobs = [
      SmallNets.blob([2, 3, 1, 1], SmallNets.numbers(6), .legacy), SmallNets.blob([2], [1, 2], .legacy),
    ]
    let model = try SmallNets.model([("c", blobs)], isOld: true)
    #expect(try Self.values(SmallNets.network(Self.conv, model))["c.bias"] == [1, 2])
  }

  @Test func `a norm's sums are divided, and its scale is its own`() throws {
    let text =
      SmallNets.input + SmallNets.layer("BatchNorm", "n", ["data"])
      + SmallNets.layer("Scale", "s", ["n"], "scale_param { bias_term: true }")
    for (divisor, factor) in [(4, 0.25), (0, 0), (1, 1)] as [(Float, Float)] {
      let model = try SmallNets.model([
        (
          "n",
          [SmallNets.blob([3], [1, 2, 3]), SmallNets.blob([3], [4, 5, 6]), SmallNets.blob([1], [divisor])]
        ),
        ("s", [SmallNets.blob([3], [7, 8, 9]), SmallNets.blob([3], [-1, -2, -3])]),
      ])
      #expect(
        try Self.values(SmallNets.network(text, model)) == [
          "n.weight": [7, 8, 9], "n.bias": [-1, -2, -3], "n.running_mean": [1, 2, 3].map { $0 * factor },
          "n.running_var": [4, 5, 6].map { $0 * factor },
        ])
    }
  }

  @Test func `a norm alone, a shared slope, a transposed product, numbers of the text`() throws {
    let text =
      SmallNets.input + SmallNets.layer("BatchNorm", "n", ["data"])
      + SmallNets.layer("PReLU", "p", ["n"], "prelu_param { channel_shared: true }")
      + SmallNets.layer("Power", "w", ["p"], "power_param { scale: 2 shift: 0.5 }")
      + SmallNets.layer("Pooling", "g", ["w"], "pooling_param { pool: AVE global_pooling: true }")
      + SmallNets.layer("InnerProduct", "f", ["g"], "inner_product_param { num_output: 2 transpose: true }")
    let model = try SmallNets.model([
      ("n", [SmallNets.blob([3], [1, 2, 3]), SmallNets.blob([3], [4, 5, 6]), SmallNets.blob([1], [1])]),
      ("p", [SmallNets.blob([], [0.25])]),
      ("f", [SmallNets.blob([3, 2], [1, 2, 3, 4, 5, 6]), SmallNets.blob([2], [7, 8])]),
    ])
    #expect(
      try Self.values(SmallNets.network(text, model)) == [
        "bn1.weight": [1, 1, 1], "bn1.bias": [0, 0, 0], "bn1.running_mean": [1, 2, 3],
        "bn1.running_var": [4, 5, 6],
        "prelu1.weight": [0.25, 0.25, 0.25], "scale1.weight": [2, 2, 2], "scale1.bias": [0.5, 0.5, 0.5],
        "f.weight": [1, 3, 5, 2, 4, 6], "f.bias": [7, 8],
      ])
    // Alone, the text has no place for its own numbers.
    let alone = try SmallNets.network(text)
    #expect(try alone.weights() == nil)
    #expect(
      alone.notes.contains("without weights the numbers of `w` (Power) are lost: a spec has them as weights"))
  }

  @Test func `the channels of a data layer are those of the weights`() throws {
    let text =
      "layer { name: \"d\" type: \"Data\" top: \"data\" top: \"label\" transform_param { crop_size: 8 } }\n"
      + SmallNets.layer("Convolution", "c", ["data"], "convolution_param { num_output: 2 kernel_size: 1 }")
    let model = try SmallNets.model([
      ("c", [SmallNets.blob([2, 1, 1, 1], [1, 2], .legacy), SmallNets.blob([2], [1, 2], .legacy)])
    ])
    #expect(try SmallNets.network(text, model).spec.contains("\ninput: 1x8x8\n"))
    #expect(try SmallNets.network(text).spec.contains("\ninput: 3x8x8\n"))
  }

  @Test func `what is missing or of another shape is told at once`() throws {
    let text =
      Self.conv + SmallNets.layer("InnerProduct", "f", ["c"], "inner_product_param { num_output: 5 }")
      + SmallNets.layer("InnerProduct", "g", ["f"], "inner_product_param { num_output: 2 bias_term: false }")
      + SmallNets.layer("PReLU", "p", ["g"]) + SmallNets.layer("Scale", "s", ["p"])
    let model = try SmallNets.model([
      ("c", [SmallNets.blob([2, 3, 1, 1], SmallNets.numbers(6))]),
      ("f", [SmallNets.blob([5, 127], SmallNets.numbers(635)), SmallNets.blob([5], SmallNets.numbers(5))]),
      ("g", [SmallNets.blob([2, 5], SmallNets.numbers(9))]), ("s", [SmallNets.blob([2], [1, 2])]),
    ])
    let error = try #require(throws: Diagnostics.self) { try SmallNets.network(text, model) }
    #expect(error.all.count == 1 && error.all[0].code == .weightsMismatch)
    #expect(error.all[0].message == "the weights of 4 layers are missing or of another shape")
    #expect(
      error.all[0].help == [
        "`c` (Convolution): the caffemodel has 1 blobs, expected 2",
        "`f` (InnerProduct): blob 0 is [5, 127], expected [5, 128]",
        "`g` (InnerProduct): blob 0 has 9 numbers, its dimensions are [2, 5]",
        "`p` (PReLU): the caffemodel has no layer of this name",
      ])
  }

  static let damaged: [(bytes: [UInt8], says: String)] = [
    ([], "found no layers in it"), ([0x0A, 5, 1], "expected 5 bytes, found 1 at byte 1"),
    (Array("name: \"net\"\nlayer {\n}\n".utf8), "the file is not what the format says"),
    (
      SmallNets.field(100, SmallNets.field(7, SmallNets.field(5, [1, 2, 3]))),
      "floats of 4 bytes, found 3 bytes"
    ),
    (
      SmallNets.field(100, SmallNets.field(7, SmallNets.field(8, [1, 2, 3, 4]))),
      "doubles of 8 bytes, found 4 bytes"
    ),
    (
      SmallNets.field(100, SmallNets.field(7, SmallNets.field(10, 4) + SmallNets.field(12, [1, 2]))),
      "found 2 bytes of type 4"
    ),
  ]

  @Test(arguments: damaged) func `bytes that are no caffemodel`(bytes: [UInt8], says: String) throws {
    let error = try #require(throws: Diagnostics.self) {
      try CaffeModel(bytes: bytes, name: "net.caffemodel")
    }
    #expect(error.all[0].code == .modelFile && error.all[0].message.contains(says), "\(error)")
  }

  @Test func `halves are the numbers that they are`() throws {
    let halves: [(UInt16, Float)] = [
      (0x3C00, 1), (0xC000, -2), (0x3555, 0.333251953125), (1, 0x1p-24), (0x7BFF, 65504), (0x8000, 0),
      (0x7C00, .infinity),
    ]
    let bytes =
      SmallNets.field(7, SmallNets.field(1, SmallNets.varint(halves.count))) + SmallNets.field(10, 2)
      + SmallNets.field(12, SmallNets.bytes(halves.map(\.0)))
    let model = try SmallNets.model([("p", [bytes])])
    #expect(model.blobs(of: "p")?[0].values.values() == halves.map(\.1))
  }
}
