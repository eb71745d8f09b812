import CNNImport
import CNNSpec
import CNNTestSupport
import Testing

/// Names and shapes of torchvision 0.28's networks, in the order in which they are defined.
struct TorchvisionNameTests {
  @Test(arguments: [
    "alexnet", "vgg19", "googlenet", "resnet18", "resnet50", "mobilenet_v2", "densenet121", "squeezenet1_0",
  ])
  func `the alphabet's order becomes that of the definition`(network: String) throws {
    let defined = try TorchvisionNetwork(network).modules
    let places = defined.sorted().shuffled().map { path in (path, TorchvisionName(path)) }
    let known = places.compactMap { path, name in
      if case .place(let place) = name { (path: path, place: place) } else { nil }
    }
    let ordered = known.sorted { $0.place.lexicographicallyPrecedes($1.place) }.map(\.path)
    #expect(ordered == defined.filter { !$0.hasPrefix("aux") })
    #expect(places.allSatisfy { $0.1 != nil })
  }

  @Test(arguments: [
    "", "conv", "features.", "features.01", "features.-1", "layer5.0", "model.features.0",
    "features.0.weight.",
    "denselayer", "features.99999999999999999999", "aux3.conv", "features.\u{0663}",
  ])
  func `other names have no place`(path: String) {
    // `conv` alone is a word that torchvision has.
    #expect((TorchvisionName(path) == nil) == (path != "conv"))
  }
}

/// A fixture: the tensors of a network, in the order in which torchvision defines them.
struct TorchvisionNetwork {
  let tensors: [(name: String, dimensions: [Int])]

  init(_ name: String) throws {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let text = String(
      decoding: try FileSystem.read(root + "/Fixtures/torchvision/\(name).txt"), as: UTF8.self)
    tensors = text.split(separator: "\n").map { line in
      let parts = line.split(separator: " ")
      return (String(parts[0]), parts[1].split(separator: "x").map { Int($0)! })
    }
  }

  /// The paths of modules.
  var modules: [String] {
    var paths: [String] = []
    for (name, _) in tensors {
      let path = name.split(separator: ".").dropLast().joined(separator: ".")
      if !paths.contains(path) { paths.append(path) }
    }
    return paths
  }
}
