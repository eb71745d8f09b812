import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec

/// Times one convolution by itself.
package struct ConvolutionMeter: Sendable {
  /// Runs and seconds of one algorithm that there are at least: the fastest counts, since whatever else the machine
  /// does only takes away.
  package var leastRuns = 3
  package var leastSeconds = 4e-3
  /// Seconds after which there is no other run.
  package var mostSeconds = 0.2
  /// Seconds since some moment.
  package var now = Stopwatch.monotonicSeconds
  /// How many threads compute.
  package let threads: Int

  package init(threads: Int) { self.threads = threads }

  /// The nanoseconds, one at least, of a site's batch.
  /// - Parameter packing: the algorithm; nil for row-major kernels.
  /// - Throws: `memory-limit` where the machine has not enough memory, `invalid-value` where the system refuses the
  ///   threads.
  package func nanoseconds(of site: ConvolutionSite, _ packing: WeightPacking?) throws(Diagnostics) -> Int {
    let graph = Graph(site, packing)
    // Whatever the plan of a network divides, the whole batch is timed.
    let plan = try Planner.plan(graph, batch: site.batch, cache: .unlimited)
    let random = Benchmark.Options(batch: site.batch, threads: threads)
    let weights = try BoundWeights(
      Weights(
        plan.parameters.map {
          NamedTensor($0.name, $0.dimensions, random.randomInput($0.dimensions.reduce(1, *)))
        }), for: plan, threads: threads)
    var session = try Session(
      plan, weights: weights, pool: threads == 1 ? nil : ThreadPool(threads: threads))
    session.copyInput(from: random.randomInput(session.count(of: plan.inputs[0])).span)
    // All steps once: the convolution finds its input in its layout, and threads are awake.
    session.run()
    let step = plan.steps.firstIndex { if case .conv2d = graph[$0.node].op { true } else { false } }
    guard let step else { preconditionFailure("a convolution is a step") }
    return max(1, Int((fastest { session.run(turn: step) } * 1e9).rounded()))
  }

  /// The seconds of the fastest of several runs.
  private func fastest(_ run: () -> Void) -> Double {
    var (best, total, runs) = (Double.infinity, 0.0, 0)
    while runs < leastRuns && total < mostSeconds || total < leastSeconds {
      let begin = now()
      run()
      let seconds = now() - begin
      best = min(best, seconds)
      total += seconds
      runs += 1
    }
    return best
  }
}

extension Graph {
  /// A graph of one convolution, row-major without and within.
  /// - Parameter packing: what its weights are packed as, which says how it is computed.
  fileprivate init(_ site: ConvolutionSite, _ packing: WeightPacking?) {
    self.init(name: "autotune")
    func change(_ layout: Layout) -> Op { .changeLayout(ChangeLayout(to: layout)) }
    var x = addInput("input", .activation(site.input))
    var parameters = site.conv.parameters(for: [site.input]).map {
      addParameter("conv.\($0.suffix)", .parameter($0.dimensions))
    }
    if let packing {
      parameters[0] =
        addNode(
          change(.packed(packing)), inputs: [], parameters: [parameters[0]], outputNames: ["packed"],
          layers: [])[0]
      if packing != .planarPanels {
        x = addNode(change(.channelBlocks), inputs: [x], outputNames: ["blocks"], layers: [])[0]
      }
    }
    var y = addNode(
      .conv2d(site.conv), inputs: [x], parameters: parameters, outputNames: ["conv"], layers: ["conv"])[0]
    if packing != nil { y = addNode(change(.rowMajor), inputs: [y], outputNames: ["output"], layers: [])[0] }
    outputs = [Output(name: "output", value: y)]
  }
}
