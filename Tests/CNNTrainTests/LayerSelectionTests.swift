import CNN
import CNNSpec
import Testing

@testable import CNNTrain

struct LayerSelectionTests {
  static func model() throws -> Model {
    try Model(
      text: """
        input: 1x8x8
        blocks:
          pair: {parameters: {filters: required}, network: "conv(filters, 3x3, pad=1) - relu - conv(filters, 3x3, pad=1)"}
        network: conv(2, 3x3, pad=1) - pair:stage(2)*2 - conv:conv10(2, 1x1) - fc:head(3)
        """)
  }

  @Test(arguments: [
    ("conv1", ["conv1"]), ("conv10", ["conv10"]),
    ("stage", ["stage.0.conv1", "stage.0.conv2", "stage.1.conv1", "stage.1.conv2"]),
    ("stage.1", ["stage.1.conv1", "stage.1.conv2"]), ("head", ["head"]),
  ]) func `a name covers its layer, or all in it`(name: String, expected: [String]) throws {
    let model = try Self.model()
    let selection = try LayerSelection([name], of: model.network, option: "freeze")
    let layers = model.network.layers.filter { !$0.parameters.isEmpty }
    #expect(layers.map(\.name).filter(selection.contains(layer:)) == expected)
    for layer in layers {
      for parameter in layer.parameters {
        #expect(selection.contains(tensor: parameter.name) == expected.contains(layer.name))
      }
    }
  }

  @Test func `unknown names are told together, the nearest with them`() throws {
    let model = try Self.model()
    let error = #expect(throws: Diagnostics.self) {
      try LayerSelection(["conv1", "haed", "relu1"], of: model.network, option: "--reinitialize")
    }
    #expect(error?.all.map(\.code) == [.unknownLabel, .unknownLabel])
    #expect(error?.all[0].help == ["did you mean `head`?"])
  }
}
