import CNNGraph
import CNNSpec

/// The networks of `specs`, for tests that compile each.
enum Zoo {
  /// Networks whose session is quick enough in a debug build, and in a release build.
  static let small = ["lenet5", "lenet1", "lenet5-1998", "resnet20-cifar", "vgg-fashion-small"]
  /// Whose members are other networks of the lists.
  static let families = ["lecture"]
  static let large = [
    "alexnet", "alexnet-torchvision", "alexnet-v2", "densenet121", "googlenet", "googlenet-torchvision",
    "mobilenet-v2", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet-fashion",
    "squeezenet",
    "unet", "vgg-cifar", "vgg-fashion", "vgg16", "vgg19", "zfnet",
  ]

  /// How far a program may be away from a session. U-Net's scores are small beside what they are sums of, which two orders
  /// of the sums show.
  static func limit(_ spec: String) -> Float { spec == "unet" ? 3e-5 : 1e-5 }

  static func network(_ spec: String) throws -> CheckedNetwork {
    try SpecSource(path: "\(Shell.root)/specs/\(spec).yaml").report().single().network
  }
}

enum Numbers {
  /// Numbers in -1...1.
  static func input(_ count: Int) -> [Float] {
    var state: UInt32 = 7
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: state) >> 8) / 8_388_608
    }
  }

  /// How far a result is away, relative to the largest element; what is no number is infinitely far.
  static func error(of found: [Float], from expected: [Float]) -> Float {
    guard found.count == expected.count, (found + expected).allSatisfy(\.isFinite) else { return .infinity }
    let largest = expected.map(abs).max() ?? 0
    return zip(found, expected).map { $0 == $1 ? 0 : abs($0 - $1) / largest }.max() ?? 0
  }
}
