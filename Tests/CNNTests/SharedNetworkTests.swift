import CNNSpec
import Foundation
import Testing

@testable import CNN

/// One compiled network and many threads, each with a session of its own.
struct SharedNetworkTests {
  /// What each thread found, at its own place.
  private final class Findings: @unchecked Sendable {
    private let lock = NSLock()
    private var all: [[[UInt32]]]

    init(count: Int) { all = Array(repeating: [], count: count) }

    subscript(index: Int) -> [[UInt32]] {
      get { lock.withLock { all[index] } }
      set { lock.withLock { all[index] = newValue } }
    }
  }

  /// Runs an action on so many threads of the system at once, more than there are cores.
  private static func onThreads(_ count: Int, _ action: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for index in 0..<count {
      group.enter()
      Thread {
        action(index)
        group.leave()
      }.start()
    }
    group.wait()
  }

  @Test(arguments: [1, 2]) func `sessions on twelve threads give the same bits as one`(threads: Int) throws {
    let count = 12
    let network = try Fixtures.model("lenet5").compile(
      weights: .file(Fixtures.root + "/specs/lenet5.safetensors"), threads: threads)
    let inputs = (0..<4).map { stream in (0..<784).map { Float(Formula.unit(UInt64(stream), $0)) } }
    var session = try network.makeSession()
    var expected: [[UInt32]] = []
    for input in inputs { expected.append(try session.run(input).map(\.bitPattern)) }
    let found = Findings(count: count)
    Self.onThreads(count) { index in
      guard var session = try? network.makeSession() else { return }
      for _ in 0..<3 {
        found[index] = inputs.compactMap { try? session.run($0).map(\.bitPattern) }
      }
    }
    for index in 0..<count { #expect(found[index] == expected, "thread \(index)") }
  }

  @Test func `a network may be compiled on many threads, of one model`() throws {
    let model = try Model(text: ModelTests.text)
    let input = (0..<72).map { Float($0) / 72 }
    var session = try model.compile(weights: .random(seed: 1)).makeSession()
    let expected = try session.run(input).map(\.bitPattern)
    let found = Findings(count: 6)
    Self.onThreads(6) { index in
      guard var session = try? model.compile(weights: .random(seed: 1)).makeSession(),
        let scores = try? session.run(input)
      else { return }
      found[index] = [scores.map(\.bitPattern)]
    }
    for index in 0..<6 { #expect(found[index] == [expected], "thread \(index)") }
  }
}
