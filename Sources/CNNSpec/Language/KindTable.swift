/// What a spec may say: a kind of layer with its synonyms and arguments. One line each.
///
/// Only names and types stand here; what kinds compute is the graph's business.
package struct Kind: Sendable {
  package var name: String
  package var synonyms: [String]
  /// In positional order.
  package var arguments: [ArgumentSpec]
  /// The output's shape, as `cnnc kinds` prints it.
  package var output: String
  /// The parameters' number, likewise.
  package var parameters: String

  package func argument(named name: String) -> ArgumentSpec? { arguments.first { $0.name == name } }
}

/// An argument of a kind.
package struct ArgumentSpec: Sendable {
  package enum ArgumentType: Hashable, Sendable {
    /// An integer from 1.
    case count
    /// An integer from 0.
    case natural
    /// Any number.
    case real
    /// `yes` or `no`.
    case flag
    /// `3` or `3x5`, both from 1.
    case size
    /// `0` or `0x1`, both from 0.
    case naturalSize
    /// `1`, `1x2`, `0x1x0x1`; `same`, `fit` and `?` where `asks`.
    case padding(asks: Bool)
    /// One of some words.
    case word([String])
    /// `@label`.
    case reference
    /// `3x5` or `@label`.
    case sizeOrReference
    /// `8x4x4`
    case shape
    /// `4` for both ends, or `BxA`.
    case channelPair
    /// Lists of input channels, one a filter.
    case connections
  }

  package enum Default: Sendable {
    case required
    /// May be left out; the kind knows what that means.
    case absent
    /// Taken when left out, as a spec would write it.
    case text(String)
  }

  package var name: String
  package var type: ArgumentType
  package var `default`: Default

  package init(_ name: String, _ type: ArgumentType, _ fallback: Default = .required) {
    self.name = name
    self.type = type
    self.default = fallback
  }

  /// The words that this argument understands.
  package var words: [String] {
    switch type {
    case .padding(let asks): asks ? ["same", "fit"] : []
    case .word(let words): words
    case .flag: ["yes", "no", "true", "false"]
    default: []
    }
  }
}

package enum KindTable {
  package static let all: [Kind] = windows + dense + functions + normalisation + shapes + joins

  /// The kind of a name or synonym, whatever the case of its letters.
  package static func kind(named name: String) -> Kind? { index[name.lowercased()].map { all[$0] } }

  /// Every name and synonym.
  package static let names: [String] = all.flatMap { [$0.name] + $0.synonyms }

  /// Words that a block's parameter may not bear, since patterns give them a meaning.
  package static let reservedWords: Set<String> = {
    var words = Set(names).union([
      "channels", "height", "width", "name", "required", "yes", "no", "true", "false",
    ])
    for kind in all { for argument in kind.arguments { words.formUnion(argument.words) } }
    return words
  }()

  private static let index: [String: Int] = {
    var index: [String: Int] = [:]
    for (position, kind) in all.enumerated() {
      for name in [kind.name] + kind.synonyms { index[name] = position }
    }
    return index
  }()

  private static func kind(
    _ name: String, _ synonyms: [String] = [], _ arguments: [ArgumentSpec] = [], output: String = "same",
    parameters: String = "0"
  ) -> Kind {
    Kind(name: name, synonyms: synonyms, arguments: arguments, output: output, parameters: parameters)
  }

  private static let kernel = ArgumentSpec("kernel", .size)
  private static let stride = ArgumentSpec("stride", .size, .text("1"))
  private static let pad = ArgumentSpec("pad", .padding(asks: true), .text("0"))
  private static let dilation = ArgumentSpec("dilation", .size, .text("1"))
  private static let groups = ArgumentSpec("groups", .count, .text("1"))
  private static let bias = ArgumentSpec("bias", .flag, .text("yes"))
  private static let rounding = ArgumentSpec("rounding", .word(["exact", "floor", "ceil"]), .absent)
  private static let poolStride = ArgumentSpec("stride", .size, .absent)

  private static let windows = [
    kind(
      "conv", [],
      [
        .init("filters", .count), kernel, stride, pad, dilation, groups, bias,
        .init("connections", .connections, .absent), rounding,
      ],
      output: "W2 = (W1 - F + 2P)/S + 1, K", parameters: "(F*F*D1/groups + 1)*K"),
    kind(
      "depthwise", [],
      [kernel, stride, pad, dilation, .init("multiplier", .count, .text("1")), bias, rounding],
      output: "as conv, multiplier*D1", parameters: "(F*F + 1)*multiplier*D1"),
    kind(
      "deconv", ["transposed"],
      [
        .init("filters", .count), kernel, stride, .init("pad", .padding(asks: false), .text("0")),
        .init("output_pad", .naturalSize, .text("0")), groups, bias,
      ],
      output: "S(W1-1) + F - 2P + output_pad, K", parameters: "(F*F*D1/groups + 1)*K"),
    kind(
      "maxpool", ["pool"], [kernel, poolStride, pad, rounding, dilation],
      output: "W2 = (W1 - F + 2P)/S + 1, D1"),
    kind(
      "avgpool", [], [kernel, poolStride, pad, .init("count_pad", .flag, .text("no")), rounding, dilation],
      output: "W2 = (W1 - F + 2P)/S + 1, D1"),
    kind("globalavgpool", output: "D1x1x1"),
    kind("globalmaxpool", output: "D1x1x1"),
    kind("unpool", [], [.init("label", .reference)], output: "the labelled max pool's input"),
    kind("subsample", [], [kernel, rounding], output: "W2 = (W1 - F)/F + 1, D1", parameters: "2*D1"),
  ]

  private static let dense = [
    kind("fc", [], [.init("units", .count), bias], output: "units x1x1", parameters: "(D1 + 1)*units"),
    kind("rbf", [], [.init("units", .count)], output: "units x1x1", parameters: "0 (a buffer units x D1)"),
  ]

  private static let functions = [
    kind("relu"), kind("relu6"), kind("leaky_relu", [], [.init("slope", .real, .text("0.01"))]),
    kind("prelu", parameters: "D1"), kind("elu", [], [.init("alpha", .real, .text("1"))]),
    kind("sigmoid"), kind("tanh"), kind("scaled_tanh"), kind("gelu"), kind("silu"), kind("hardsigmoid"),
    kind("hardswish"), kind("softmax"), kind("log_softmax"),
  ]

  private static let normalisation = [
    kind(
      "bn", [], [.init("eps", .real, .text("1e-5")), .init("momentum", .real, .text("0.1"))],
      parameters: "2*D1 (and 2*D1 buffers)"),
    kind("scale", parameters: "2*D1"),
    kind(
      "lrn", [],
      [
        .init("size", .count, .text("5")), .init("alpha", .real, .text("1e-4")),
        .init("beta", .real, .text("0.75")), .init("k", .real, .text("2")),
      ]),
    kind("dropout", [], [.init("rate", .real, .text("0.5"))]),
  ]

  private static let shapes = [
    kind("flatten", output: "(C*H*W)x1x1"),
    kind("reshape", [], [.init("shape", .shape)], output: "shape"),
    kind(
      "pad", [],
      [
        .init("size", .padding(asks: false), .text("0")), .init("channels", .channelPair, .text("0")),
      ], output: "larger by the pads"),
    kind("crop", [], [.init("size", .sizeOrReference)], output: "size, centred"),
    kind(
      "upsample", [],
      [.init("factor", .size), .init("mode", .word(["nearest", "bilinear"]), .text("nearest"))],
      output: "factor*H, factor*W"),
    kind("channel_shuffle", [], [.init("groups", .count)]),
    kind("identity"),
  ]

  private static let joins = [
    kind("add"), kind("concat", output: "the channels of all branches"),
    kind("multiply", output: "Cx1x1 is broadcast"),
  ]

  /// The kinds that take branches.
  package static let joinNames: Set<String> = ["add", "concat", "multiply"]
}
