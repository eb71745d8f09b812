import CNNEmit
import CNNSpec
import CNNTestSupport
import Testing

struct IdentifierTests {
  @Test(arguments: [
    ("lenet5.yaml", "LeNet5"), ("specs/resnet20-cifar.yaml", "ResNet20Cifar"), ("vgg16.yaml", "VGG16"),
    ("my_net.yaml", "MyNet"), ("x.yaml", "X"),
  ])
  func `a type is named after its spec`(file: String, type: String) throws {
    #expect(try EmissionFixture.emission(file: file).identifier == type)
  }

  @Test(arguments: [
    ("float.yaml", "`Float`, the spec's name, means something else in Swift", "--type-name FloatNetwork"),
    ("type.yaml", "`Type`, the spec's name, means something else in Swift", "--type-name TypeNetwork"),
    (
      "größe.yaml", "`größe`, the name of the spec's file, is no name in Swift", "--type-name GrE"
    ),
    ("猫.yaml", "`猫`, the name of the spec's file, is no name in Swift", "--type-name Network"),
    ("3d.yaml", "`3d`, the name of the spec's file, is no name in Swift", "--type-name D"),
  ])
  func `a name that no type can have is refused with one that fits`(
    file: String, message: String, help: String
  ) throws {
    let error = try #require(throws: Diagnostics.self) { try EmissionFixture.emission(file: file) }
    #expect(error.all.map(\.code) == [.invalidName])
    #expect(error.all[0].message == message)
    #expect(error.all[0].place == .file(file))
    #expect(error.all[0].help[0].contains("`\(help)`"))
  }

  @Test(arguments: [
    "", "a b", "1st", "_x", "Größe", "Self", "class", "Float", "Copyable", "preconditionFailure", "Training",
    "cnn_copy_parameters",
  ])
  func `a chosen name has to be one`(name: String) {
    #expect(throws: Diagnostics.self) { try EmissionFixture.emission { $0.typeName = name } }
  }

  @Test(arguments: ["depthwise", "planar", "cnn_copy", "math", "string", "int"])
  func `a C name that the kernels, headers or the language have is refused`(name: String) {
    #expect(throws: Diagnostics.self) {
      try EmissionFixture.emission { ($0.language, $0.typeName) = (.c, name) }
    }
  }

  @Test func `a name in the spec or a chosen one helps where the file's does not`() throws {
    #expect(
      try EmissionFixture.emission("name: groesse\n" + EmissionFixture.small, file: "größe.yaml").identifier
        == "Groesse")
    #expect(try EmissionFixture.emission(file: "größe.yaml") { $0.typeName = "Size" }.identifier == "Size")
  }
}
