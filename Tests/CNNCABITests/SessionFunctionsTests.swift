import CAllocationCounter
import CCNN
import CNN
import CNNTestSupport
import Testing

@testable import CNNCABI

struct SessionFunctionsTests {
  private static func input(batch: Int = 1) -> [Float] { (0..<batch * 784).map { Float($0 % 97) / 97 } }

  /// What Swift computes.
  private static func expected(batch: Int = 1) throws -> [Float] {
    let network = try Model(contentsOf: C.spec).compile(weights: .file(C.weights), batch: batch)
    var session = try network.makeSession()
    return try session.run(input(batch: batch))
  }

  @Test(arguments: [1, 3], [1, 2]) func `the numbers that Swift gets`(batch: Int, threads: Int) throws {
    let network = try C.network(batch: CInt(batch), threads: CInt(threads))
    let session = try C.session(network)
    // A session goes on without the caller's hold on its network.
    cnn_network_free(network)
    defer { cnn_session_free(session) }
    var output = [Float](repeating: 0, count: 10 * batch)
    let input = Self.input(batch: batch)
    #expect(
      C.call { cnn_session_run(session, input, input.count, &output, output.count, $0) } == "CNN_OK")
    #expect(try output == Self.expected(batch: batch))
    var again = [Float](repeating: 0, count: 10 * batch)
    #expect(C.call { cnn_session_output(session, 0, &again, again.count, $0) } == "CNN_OK")
    #expect(again == output)
  }

  @Test func `two sessions of one network`() throws {
    let network = try C.network()
    defer { cnn_network_free(network) }
    let first = try C.session(network)
    let second = try C.session(network)
    var output = [Float](repeating: 0, count: 10)
    let input = Self.input()
    cnn_session_free(first)
    #expect(C.call { cnn_session_run(second, input, 784, &output, 10, $0) } == "CNN_OK")
    #expect(try output == Self.expected())
    cnn_session_free(second)
  }

  @Test func `the second output`() throws {
    let folder = try TemporaryFolder()
    let text = "input: 1x2x2\nnetwork: maxpool:best(2) - relu:positive\noutputs: [positive, best]"
    let weights = try folder.write("none.safetensors", [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))
    var network: OpaquePointer?
    #expect(C.call { cnn_network_parse(text, "text", weights, 2, 1, &network, $0) } == "CNN_OK")
    defer { cnn_network_free(network) }
    let session = try C.session(#require(network))
    defer { cnn_session_free(session) }
    var output: [Float] = [0, 0]
    #expect(
      C.call { cnn_session_run(session, [-1, -2, -3, -4, 1, 2, 3, 4], 8, &output, 2, $0) } == "CNN_OK")
    #expect(output == [0, 4])
    #expect(C.call { cnn_session_output(session, 1, &output, 2, $0) } == "CNN_OK")
    #expect(output == [-1, 4])
  }

  #if os(Linux)
    @Test func `a run allocates nothing`() throws {
      let network = try C.network()
      defer { cnn_network_free(network) }
      let session = try C.session(network)
      defer { cnn_session_free(session) }
      let input = Self.input()
      var output = [Float](repeating: 0, count: 10)
      #expect(C.call { cnn_session_run(session, input, 784, &output, 10, $0) } == "CNN_OK")
      var error: UnsafeMutablePointer<CChar>?
      var statuses = (CNN_FAILED, CNN_FAILED)
      let before = cnn_allocation_count()
      for _ in 0..<10 {
        statuses.0 = cnn_session_run(session, input, 784, &output, 10, nil)
        statuses.1 = cnn_session_run(session, input, 784, &output, 10, &error)
      }
      let after = cnn_allocation_count()
      #expect(statuses == (CNN_OK, CNN_OK) && error == nil)
      #expect(before > 0 && after == before)
      // What fails does allocate: the error's text.
      #expect(cnn_session_run(session, input, 1, &output, 10, &error) == CNN_MISUSE)
      #expect(cnn_allocation_count() > after)
      cnn_text_free(error)
    }
  #endif

  @Test func `NULL is an error where something is wanted`() throws {
    func null(_ name: String) -> String { "CNN_MISUSE error[invalid-value]: `\(name)` is NULL" }
    let network = try C.network()
    defer { cnn_network_free(network) }
    let session = try C.session(network)
    defer { cnn_session_free(session) }
    var made: OpaquePointer? = session
    #expect(C.call { cnn_session_create(nil, &made, $0) } == null("network"))
    #expect(made == nil, "a pointer that was to be set is NULL")
    #expect(C.call { cnn_session_create(network, nil, $0) } == null("session"))
    let input = Self.input()
    var output = [Float](repeating: 5, count: 10)
    #expect(C.call { cnn_session_run(nil, input, 784, &output, 10, $0) } == null("session"))
    #expect(C.call { cnn_session_run(session, nil, 784, &output, 10, $0) } == null("input"))
    #expect(C.call { cnn_session_run(session, input, 784, nil, 10, $0) } == null("output"))
    #expect(C.call { cnn_session_output(nil, 0, &output, 10, $0) } == null("session"))
    #expect(C.call { cnn_session_output(session, 0, nil, 10, $0) } == null("output"))
    #expect(output.allSatisfy { $0 == 5 })
    cnn_session_free(nil)
  }

  @Test func `counts, indices and order: an error, and nothing is written`() throws {
    let network = try C.network()
    defer { cnn_network_free(network) }
    let session = try C.session(network)
    defer { cnn_session_free(session) }
    let input = Self.input()
    var output = [Float](repeating: 5, count: 10)
    #expect(
      C.call { cnn_session_output(session, 0, &output, 10, $0) } == """
        CNN_MISUSE error[invalid-value]: there is no `softmax1` before the first run
          help: call `run` first
        """)
    for count in [0, 783, 785, -1] {
      #expect(
        C.call { cnn_session_run(session, input, count, &output, 10, $0) }
          == "CNN_MISUSE error[input-shape]: `input` is 784 numbers, 1x1x28x28 (images x channels x height x width); "
          + "found \(UInt(bitPattern: count))")
    }
    let size = "`softmax1` is 10 numbers, 1x10x1x1 (images x channels x height x width); found "
    for count in [0, 9, 11, -1] {
      #expect(
        C.call { cnn_session_run(session, input, 784, &output, count, $0) }
          == "CNN_MISUSE error[input-shape]: \(size)\(UInt(bitPattern: count))")
    }
    #expect(output.allSatisfy { $0 == 5 })
    #expect(C.call { cnn_session_run(session, input, 784, &output, 10, $0) } == "CNN_OK")
    #expect(
      C.call { cnn_session_output(session, 0, &output, 9, $0) } == "CNN_MISUSE error[input-shape]: \(size)9")
    #expect(
      C.call { cnn_session_output(session, 1, &output, 10, $0) }
        == "CNN_MISUSE error[invalid-value]: there is no output 1; they are 0 to 0")
    #expect(try output == Self.expected(), "the session is whole after all of that")
  }
}
