import CNNSpec

/// The answer to `input: 3x?x?`: the square sizes that fit.
package struct InputSearch: Sendable {
  /// Sizes from `first` to `last`, `step` apart.
  package struct Run: Hashable, Sendable {
    package var first: Int
    package var last: Int
    package var step: Int
  }

  /// Sizes with which no window has anything left over.
  package var exact: [Int] = []
  /// Sizes that are legal with the spec's rounding.
  package var legal: [Int] = []

  /// The sizes that are tried.
  package static let sizes = 1...1024
  /// Layers checked at most, so that a long network does not hang.
  package static let budget = 1_000_000

  /// - Parameter budget: layers that may still be checked, for a family's members together.
  /// - Returns: nil where the search would take too long, which is reported.
  package static func search(
    _ spec: Spec, _ network: Network, budget: inout Int, _ diagnostics: inout DiagnosticCollector
  ) -> InputSearch? {
    budget -= network.layers.count * sizes.count
    guard budget >= 0 else {
      diagnostics.error(
        .layerLimit, "there are too many layers to try \(sizes.count) sizes", at: spec.input.range,
        help: ["give the size"])
      return nil
    }
    var result = InputSearch()
    for size in sizes {
      let input = Shape(
        spec.input.channels, spec.input.height ?? size, spec.input.width ?? size)
      let (fits, hasRounded) = Checker.fits(spec, network, input: input)
      if fits { result.legal.append(size) }
      if fits && !hasRounded { result.exact.append(size) }
    }
    if result.legal.isEmpty {
      diagnostics.error(
        .noInputFits, "no square input from \(sizes.lowerBound) to \(sizes.upperBound) fits",
        at: spec.input.range, help: ["give a size to see what does not fit"])
    }
    return result
  }

  /// Numbers in rising order as runs of equal steps.
  package static func runs(_ numbers: [Int]) -> [Run] {
    var runs: [Run] = []
    for number in numbers {
      guard let run = runs.last else {
        runs.append(Run(first: number, last: number, step: 1))
        continue
      }
      if run.first == run.last {
        runs[runs.count - 1] = Run(first: run.first, last: number, step: number - run.first)
      } else if number - run.last == run.step {
        runs[runs.count - 1].last = number
      } else if run.last == run.first + run.step, run.step > 1 {
        // Two that happened to stand side by side: the second may begin the run that follows.
        runs[runs.count - 1] = Run(first: run.first, last: run.first, step: 1)
        runs.append(Run(first: run.last, last: number, step: number - run.last))
      } else {
        runs.append(Run(first: number, last: number, step: 1))
      }
    }
    return runs
  }
}
