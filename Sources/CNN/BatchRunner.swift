import CNNGraph
import CNNImages
import CNNPasses
import CNNPlan
import CNNSpec
import Dispatch

/// Runs a network over many images in batches; what is left over at the end gets a plan of its own.
package struct BatchRunner: Sendable {
  package struct Output: Sendable {
    package var name: String
    /// Channels, height, width.
    package var shape: [Int]
  }

  private let model: Model
  private let network: CompiledNetwork
  private let names: [String]?
  package let outputs: [Output]

  /// - Parameters:
  ///   - outputs: layers to return in place of the network's own.
  ///   - threads: how many bring large weights into the kernels' order.
  package init(
    model: Model, weights: WeightsSource, batch: Int, outputs names: [String]? = nil,
    threads: Int = 1, options: EngineOptions = EngineOptions()
  ) throws(Diagnostics) {
    self.model = model
    self.names = names
    network = try model.compile(
      weights: weights, batch: batch, returning: names, threads: threads, options: options)
    outputs = network.plan.outputs.map { Output(name: $0.name, shape: $0.type.dimensions) }
  }

  /// Runs the network over images and keeps something of each, in order.
  ///
  /// Each thread runs a session of its own over whole batches; threads that are left over, where there are
  /// fewer batches, compute inside of them. The numbers do not depend on how many there are.
  /// - Parameters:
  ///   - threads: how many compute at once.
  ///   - provide: one image's input, preprocessed.
  ///   - transform: gets each image's outputs and its share of the run's milliseconds.
  /// - Throws: what `provide` found wrong first, or that the sessions' memory is too much.
  package func map<Result: Sendable>(
    count: Int, threads: Int, provide: @Sendable (Int) throws(Diagnostics) -> [Float],
    transform: @Sendable (_ index: Int, _ outputs: [[Float]], _ milliseconds: Double) -> Result
  ) throws(Diagnostics) -> [Result] {
    let parts = parts(count: count, threads: threads)
    let sessionThreads = Self.sessionThreads(count: count, batch: network.batch, threads: threads)
    let found = Parts<Result>(count: parts.count)
    DispatchQueue.concurrentPerform(iterations: parts.count) { part in
      var results: [Result] = []
      do throws(Diagnostics) {
        try run(parts[part], threads: sessionThreads, provide: provide) {
          results.append(transform($0, $1, $2))
        }
        found.set(part, .success(results))
      } catch {
        found.set(part, .failure(error))
      }
    }
    var results: [Result] = []
    for part in parts.indices { results += try found.get(part).get() }
    return results
  }

  /// How many sessions run beside each other.
  private static func parts(count: Int, batch: Int, threads: Int) -> Int {
    max(1, min(threads, (count + batch - 1) / batch))
  }

  /// How many threads compute inside of each session of ``map(count:threads:provide:transform:)``.
  package static func sessionThreads(count: Int, batch: Int, threads: Int) -> Int {
    max(1, threads / parts(count: count, batch: batch, threads: threads))
  }

  private func parts(count: Int, threads: Int) -> [Range<Int>] {
    let batches = (count + network.batch - 1) / network.batch
    let parts = Self.parts(count: count, batch: network.batch, threads: threads)
    return (0..<parts).map { part in
      let first = batches * part / parts * network.batch
      return first..<min(batches * (part + 1) / parts * network.batch, count)
    }
  }

  /// - Parameter threads: those of each session.
  private func run(
    _ range: Range<Int>, threads: Int, provide: (Int) throws(Diagnostics) -> [Float],
    receive: (_ index: Int, _ outputs: [[Float]], _ milliseconds: Double) -> Void
  ) throws(Diagnostics) {
    let whole = range.count / network.batch
    if whole > 0 {
      try run(network, range.lowerBound, batches: whole, threads, provide: provide, receive: receive)
    }
    let rest = range.count - whole * network.batch
    if rest > 0 {
      let smaller = try model.recompile(network, batch: rest, returning: names)
      try run(smaller, range.upperBound - rest, batches: 1, threads, provide: provide, receive: receive)
    }
  }

  private func run(
    _ network: CompiledNetwork, _ start: Int, batches: Int, _ threads: Int,
    provide: (Int) throws(Diagnostics) -> [Float],
    receive: (_ index: Int, _ outputs: [[Float]], _ milliseconds: Double) -> Void
  ) throws(Diagnostics) {
    var session = try network.makeSession(threads: threads)
    let clock = ContinuousClock()
    for batch in 0..<batches {
      let first = start + batch * network.batch
      var input: [Float] = []
      for index in first..<first + network.batch { input += try provide(index) }
      session.copyInput(input)
      let begin = clock.now
      session.run()
      let elapsed = (clock.now - begin) / .milliseconds(1) / Double(network.batch)
      let results = outputs.indices.map { session.output($0) }
      for image in 0..<network.batch {
        let values = zip(results, outputs).map { result, output in
          let size = output.shape.reduce(1, *)
          return Array(result[image * size..<(image + 1) * size])
        }
        receive(first + image, values, elapsed)
      }
    }
  }
}

/// What the threads found, each at its own place.
private final class Parts<Element: Sendable>: @unchecked Sendable {
  typealias Part = Result<[Element], Diagnostics>
  private var parts: [Part?]
  private let queue = DispatchQueue(label: "parts")

  init(count: Int) { parts = Array(repeating: nil, count: count) }

  func set(_ index: Int, _ part: Part) { queue.sync { parts[index] = part } }

  func get(_ index: Int) -> Part {
    queue.sync {
      guard let part = parts[index] else { preconditionFailure("part \(index) did not run") }
      return part
    }
  }
}

extension Model {
  /// Whether the network returns distances to classes, of which the smallest is best.
  package var endsInDistances: Bool { network.endsInDistances }

  private var lastLayer: CheckedLayer? {
    if case .layer(let index) = network.outputs.first?.value { network.layers[index] } else { nil }
  }

  /// The layer whose values enter the last softmax, or its logarithm, if there is one: the logits.
  package var logits: (name: String, isFound: Bool) {
    guard let last = lastLayer, ["softmax", "log_softmax"].contains(last.layer.kind),
      case .layer(let before) = last.layer.inputs[0]
    else { return (network.outputs[0].name, false) }
    return (network.layers[before].name, true)
  }
}
