/// Where a module stands among those of its network, as torchvision defines it: its names do not tell, since Python's
/// safetensors puts them in the order of the alphabet (`bn1` before `conv1`, `classifier` before `features`).
///
/// <https://github.com/pytorch/vision/tree/main/torchvision/models>: AlexNet, VGG, GoogLeNet, the ResNets, MobileNetV2,
/// DenseNet, SqueezeNet.
package enum TorchvisionName: Hashable {
  /// To be compared in the order of the alphabet.
  case place([Int])
  /// Of a head that only training has.
  case auxiliary

  /// Nil for names that these networks do not have.
  package init?(_ path: String) {
    let parts = path.split(separator: ".", omittingEmptySubsequences: false)
    if let head = parts.first, head == "aux1" || head == "aux2" {
      self = .auxiliary
      return
    }
    var place: [Int] = []
    for part in parts {
      guard let number = Self.place(of: part) else { return nil }
      place.append(number)
    }
    self = .place(place)
  }

  /// Names in the order in which they are defined wherever two of them stand side by side.
  private static let words: [Substring] = [
    "features",
    // A dense layer normalizes first, a residual block convolves first.
    "conv0", "norm0", "norm1", "conv1", "bn1", "norm2", "conv2", "bn2", "conv3", "bn3", "norm", "conv", "bn",
    "squeeze", "expand1x1", "expand3x3", "layer1", "layer2", "layer3", "layer4", "denseblock1", "transition1",
    "denseblock2", "transition2", "denseblock3", "transition3", "denseblock4", "norm5", "inception3a",
    "inception3b", "inception4a", "inception4b", "inception4c", "inception4d", "inception4e", "inception5a",
    "inception5b", "branch1", "branch2", "branch3", "branch4", "downsample", "fc", "classifier",
  ]
  private static let places = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })

  private static func place(of part: Substring) -> Int? {
    if let place = places[part] { return place }
    let stem = "denselayer"
    let digits = part.hasPrefix(stem) ? part.dropFirst(stem.count) : part
    guard let first = digits.first, first != "0" || digits == "0", first.isNumber else { return nil }
    return Int(digits)
  }
}
