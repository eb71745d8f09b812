import CNNGraph
import CNNSpec

/// What the time of a convolution depends on, beside the machine and the threads.
package struct ConvolutionSite: Hashable, Sendable {
  /// Without what happens at the stores, which all algorithms do alike.
  package let conv: Conv2D
  package let input: Shape
  package let output: Shape
  /// Images that are measured together.
  package let batch: Int

  /// Multiply-adds from which on more images take longer and tell no more.
  private static let enoughWork = 1_000_000_000

  /// - Parameter batch: images of a run. Where they are much work, fewer are measured.
  package init(_ conv: Conv2D, input: Shape, output: Shape, batch: Int) {
    var conv = conv
    conv.epilogue = .none
    self.conv = conv
    self.input = input
    self.output = output
    let work = conv.cost(for: [input], output: output).multiplications.value ?? .max
    self.batch = max(1, min(batch, Self.enoughWork / max(work, 1)))
  }

  /// The ways to compute it, nil for row-major kernels; just that one where there is no choice.
  package func candidates(isExact: Bool) -> [WeightPacking?] {
    [nil] + conv.packings(for: input).filter { !(isExact && $0.isWinograd) }
  }
}

extension ConvolutionSite: CustomStringConvertible {
  /// All that tells it from others, connections apart, which leave no choice:
  /// `64x56x56 to 128x56x56 kernel 3x3 stride 1x1 dilation 1x1 pad 1 1 1 1 groups 1 bias true batch 1`.
  package var description: String {
    func text(_ size: Size2D) -> String { "\(size.height)x\(size.width)" }
    let (window, pad) = (conv.window, conv.window.padding)
    return "\(input) to \(output) kernel \(text(window.kernel)) stride \(text(window.stride))"
      + " dilation \(text(window.dilation)) pad \(pad.top) \(pad.bottom) \(pad.left) \(pad.right)"
      + " groups \(conv.groups) bias \(conv.hasBias) batch \(batch)"
  }
}

extension WeightPacking {
  /// Whether other products are computed than the definition's.
  package var isWinograd: Bool { if case .winograd = self { true } else { false } }
}

/// What the algorithms of convolutions took on a machine, with the threads of the runs to come.
package struct ConvolutionTimings: Hashable, Sendable {
  /// Nanoseconds of a site's batch by algorithm, nil for row-major kernels.
  private var nanoseconds: [ConvolutionSite: [WeightPacking?: Int]] = [:]

  package init() {}

  package subscript(site: ConvolutionSite, packing: WeightPacking?) -> Int? {
    get { nanoseconds[site]?[packing] }
    set { nanoseconds[site, default: [:]][packing] = newValue }
  }

  /// The nanoseconds of each candidate, or nil unless all of them were measured: what was measured and what a model
  /// says do not compare.
  func nanoseconds(of site: ConvolutionSite, _ candidates: [WeightPacking?]) -> [Double]? {
    guard let known = nanoseconds[site] else { return nil }
    let times = candidates.compactMap { known[$0].map(Double.init) }
    return times.count == candidates.count ? times : nil
  }
}

extension Graph {
  /// The convolutions of a graph that may be computed in several ways, each once, in the graph's order.
  /// - Parameter batch: images of a run.
  package func convolutionSites(batch: Int) -> [ConvolutionSite] {
    var sites: [ConvolutionSite] = []
    var known: Set<ConvolutionSite> = []
    for node in nodes {
      guard case .conv2d(let conv) = node.op else { continue }
      let site = ConvolutionSite(
        conv, input: self[node.inputs[0]].type.shape, output: self[node.output].type.shape, batch: batch)
      if site.candidates(isExact: false).count > 1, known.insert(site).inserted { sites.append(site) }
    }
    return sites
  }
}
