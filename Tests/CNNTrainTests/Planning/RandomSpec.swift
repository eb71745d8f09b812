/// Specs of small networks of everything that a training step knows, with any optimizer.
struct RandomSpec {
  private var state: UInt64
  private(set) var text = ""

  /// - Parameter hasBatchNorm: without it, a batch in parts gives the whole batch's results.
  init(seed: UInt64, hasBatchNorm: Bool) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    var steps = ["  - conv(4, 3x3, pad=1)"]
    for _ in 0..<(3 + below(6)) { steps.append("  - " + step(norm: hasBatchNorm ? "bn" : "lrn(3)")) }
    let optimizers = [
      "{sgd: {}}", "{sgd: {momentum: 0.9, weight_decay: 0.01}}", "{sgd: {momentum: 0.5, nesterov: yes}}",
      "{adam: {}}", "{adamw: {weight_decay: 0.1}}",
    ]
    text = """
      input: 2x8x8
      network:
      \(steps.joined(separator: "\n"))
        - fc(5)\(below(2) == 0 ? " - softmax" : "")
      train: {optimizer: \(pick(optimizers)), label_smoothing: \(pick(["0", "0.1"]))}
      """
  }

  private mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  private mutating func pick(_ elements: [String]) -> String { elements[below(elements.count)] }

  /// A step of the list that keeps the shape of 4 x 8 x 8.
  private mutating func step(norm: String) -> String {
    switch below(9) {
    case 0: "conv(4, 3x3, pad=1) - \(norm) - \(pick(["relu", "tanh", "silu", "relu6"]))"
    case 1: "\(pick(["relu", "sigmoid", "gelu", "elu"])) - dropout(0.3)"
    case 2: "maxpool(3, stride=1, pad=1)"
    case 3: "{add: [\"conv(4, 1) - relu - conv(4, 3x3, pad=1)\", identity]}"
    case 4: "{concat: [\"conv(2, 1) - relu\", \"conv(2, 1) - \(norm)\"]}"
    case 5: "prelu - conv(4, 1)"
    case 6: "avgpool(3, stride=1, pad=1) - tanh"
    case 7: "upsample(2) - conv(4, 2, stride=2) - relu"
    default: "\(norm) - relu - conv(4, 3x3, pad=1)"
    }
  }
}
