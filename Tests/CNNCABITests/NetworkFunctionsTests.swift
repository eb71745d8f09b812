import CCNN
import CNN
import CNNTestSupport
import Testing

@testable import CNNCABI

struct NetworkFunctionsTests {
  @Test func `what a network tells of itself`() throws {
    let network = try C.network(batch: 3)
    defer { cnn_network_free(network) }
    #expect(String(cString: cnn_network_name(network)) == "lenet5")
    #expect(cnn_network_input_count(network) == 1 && cnn_network_output_count(network) == 1)
    var tensor = cnn_tensor()
    #expect(C.call { cnn_network_input(network, 0, &tensor, $0) } == "CNN_OK")
    #expect(String(cString: tensor.name) == "input")
    #expect(tensor.shape == (3, 1, 28, 28) && tensor.count == 3 * 784)
    #expect(C.call { cnn_network_output(network, 0, &tensor, $0) } == "CNN_OK")
    #expect(String(cString: tensor.name) == "softmax1")
    #expect(tensor.shape == (3, 10, 1, 1) && tensor.count == 30)
    #expect(cnn_network_class_count(network) == 10)
    #expect(
      (0..<10).map { String(cString: cnn_network_class(network, $0)) }
        == (try Model(contentsOf: C.spec)).classes)
    #expect(cnn_network_class(network, 10) == nil && cnn_network_class(network, -1) == nil)
  }

  @Test func `a spec's text in place of its file`() throws {
    let folder = try TemporaryFolder()
    let text = """
      name: pool
      input: 1x4x4
      network: maxpool:small(2) - relu:large
      outputs: [large, small]
      """
    let weights = try folder.write("none.safetensors", [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))
    var network: OpaquePointer?
    #expect(C.call { cnn_network_parse(text, "a text", weights, 2, 1, &network, $0) } == "CNN_OK")
    defer { cnn_network_free(network) }
    #expect(cnn_network_output_count(network) == 2)
    var tensor = cnn_tensor()
    #expect(C.call { cnn_network_output(network, 1, &tensor, $0) } == "CNN_OK")
    #expect(String(cString: tensor.name) == "small" && tensor.shape == (2, 1, 2, 2))
    #expect(cnn_network_class_count(network) == 0 && cnn_network_class(network, 0) == nil)
  }

  @Test func `NULL is an error where something is wanted`() throws {
    let network = try C.network()
    defer { cnn_network_free(network) }
    func null(_ name: String) -> String { "CNN_MISUSE error[invalid-value]: `\(name)` is NULL" }
    var made: OpaquePointer? = network
    #expect(C.call { cnn_network_load(nil, C.weights, 1, 1, &made, $0) } == null("spec"))
    #expect(made == nil, "a pointer that was to be set is NULL")
    #expect(C.call { cnn_network_load(C.spec, nil, 1, 1, &made, $0) } == null("weights"))
    #expect(C.call { cnn_network_load(C.spec, C.weights, 1, 1, nil, $0) } == null("network"))
    #expect(cnn_network_load(nil, nil, 1, 1, nil, nil) == CNN_MISUSE, "nobody wants the text")
    #expect(C.call { cnn_network_parse(nil, "n", C.weights, 1, 1, &made, $0) } == null("text"))
    #expect(C.call { cnn_network_parse("t", nil, C.weights, 1, 1, &made, $0) } == null("name"))
    var tensor = cnn_tensor(name: nil, shape: (1, 1, 1, 1), count: 1)
    #expect(C.call { cnn_network_input(nil, 0, &tensor, $0) } == null("network"))
    #expect(tensor.count == 0 && tensor.shape == (0, 0, 0, 0))
    #expect(C.call { cnn_network_output(network, 0, nil, $0) } == null("tensor"))
    var input = [Float](repeating: 0, count: 784)
    #expect(C.call { cnn_network_read_image(nil, C.image, &input, 784, $0) } == null("network"))
    #expect(C.call { cnn_network_read_image(network, nil, &input, 784, $0) } == null("path"))
    #expect(C.call { cnn_network_read_image(network, C.image, nil, 784, $0) } == null("input"))
    #expect(C.call { cnn_network_read_pixels(network, nil, 28, 28, 1, &input, 784, $0) } == null("pixels"))
    cnn_network_free(nil)
    cnn_text_free(nil)
    #expect(cnn_network_name(nil) == nil && cnn_network_class(nil, 0) == nil)
    #expect(cnn_network_input_count(nil) == 0 && cnn_network_output_count(nil) == 0)
    #expect(cnn_network_class_count(nil) == 0)
  }

  @Test func `a wrong spec: the whole text, its mark and its remedies`() {
    let text = "input: 1x8x8\nnetwork: conv(1, 3, stride=2)\n"
    var network: OpaquePointer?
    let found = C.call { cnn_network_parse(text, "mine", "no such.safetensors", 1, 1, &network, $0) }
    #expect(network == nil)
    #expect(
      found.hasPrefix(
        """
        CNN_FAILED mine:2:10: error[window-does-not-fit]: `conv1` cannot fit: (8 - 3 + 2*0)/2 + 1 = 3.5
          network: conv(1, 3, stride=2)
                   ^^^^
          help: 
        """), "\(found)")
    let inSwift = #expect(throws: Diagnostics.self) { try Model(text: text, name: "mine") }
    #expect(found == "CNN_FAILED \(inSwift?.description ?? "")", "as in Swift")
  }

  @Test func `files that are not there or are something else`() throws {
    var network: OpaquePointer?
    #expect(
      C.call { cnn_network_load("no such.yaml", C.weights, 1, 1, &network, $0) }
        == C.missing("no such.yaml"))
    #expect(
      C.call { cnn_network_load(C.spec, "no such.safetensors", 1, 1, &network, $0) }
        == C.missing("no such.safetensors")
    )
    #expect(
      C.call { cnn_network_load(C.spec, C.spec, 1, 1, &network, $0) }.hasPrefix(
        "CNN_FAILED \(C.spec): error[weights-file]: "))
    #expect(network == nil)
  }

  @Test func `batches and threads that cannot be`() {
    var network: OpaquePointer?
    #expect(
      C.call { cnn_network_load(C.spec, C.weights, 0, 1, &network, $0) }
        == "CNN_FAILED error[invalid-value]: a batch has at least one image, not 0")
    #expect(
      C.call { cnn_network_load(C.spec, C.weights, 1, -1, &network, $0) }
        == "CNN_FAILED error[invalid-value]: at least one thread computes, not -1")
    #expect(network == nil)
  }

  @Test func `texts that are no UTF-8`() throws {
    let bytes: [CChar] = [0x6E, -1, 0]
    var network: OpaquePointer?
    #expect(
      C.call { cnn_network_load(bytes, C.weights, 1, 1, &network, $0) }
        == "CNN_MISUSE error[invalid-value]: `spec` is no UTF-8")
    #expect(
      C.call { cnn_network_parse(bytes, "mine", C.weights, 1, 1, &network, $0) }.hasPrefix(
        "CNN_FAILED mine:1:2: error[invalid-utf8]: "))
  }

  @Test func `indices that are not there`() throws {
    let network = try C.network()
    defer { cnn_network_free(network) }
    var tensor = cnn_tensor()
    #expect(
      C.call { cnn_network_input(network, 1, &tensor, $0) }
        == "CNN_MISUSE error[invalid-value]: there is no input 1; they are 0 to 0")
    // SIZE_MAX, as Swift sees it.
    #expect(
      C.call { cnn_network_output(network, -1, &tensor, $0) }
        == "CNN_MISUSE error[invalid-value]: there is no output \(UInt.max); they are 0 to 0")
  }

  @Test func `an image by its file and by its pixels`() throws {
    let network = try C.network()
    defer { cnn_network_free(network) }
    let expected = try Model(contentsOf: C.spec).input(fromImageAt: C.image)
    var input = [Float](repeating: 0, count: 784)
    #expect(C.call { cnn_network_read_image(network, C.image, &input, 784, $0) } == "CNN_OK")
    #expect(input == expected)
    let pixels = [UInt8](repeating: 100, count: 14 * 14 * 3)
    #expect(C.call { cnn_network_read_pixels(network, pixels, 14, 14, 3, &input, 784, $0) } == "CNN_OK")
    #expect(input == Array(repeating: input[0], count: 784))
    #expect(abs(input[0] - (100.0 / 255 - 0.286) / 0.353) < 1e-6)
  }

  @Test func `images of which nothing is written`() throws {
    let network = try C.network()
    defer { cnn_network_free(network) }
    var input = [Float](repeating: 5, count: 784)
    for count in [0, 783, 785, -1] {
      #expect(
        C.call { cnn_network_read_image(network, C.image, &input, count, $0) }
          == "CNN_MISUSE error[invalid-value]: an image is 784 numbers, 1x28x28 (channels x height x width); "
          + "found \(UInt(bitPattern: count))")
    }
    #expect(
      C.call { cnn_network_read_image(network, "no such.png", &input, 784, $0) }
        == C.missing("no such.png"))
    let pixels = [UInt8](repeating: 0, count: 4)
    for (height, width, channels) in [
      (0, 4, 1), (1, -1, 1), (1, 2, 2), (Int.max, 2, 1), (2, 2, 0), (1 << 40, 1 << 20, 1),
    ] {
      let sizes = [height, width, channels].map { "\(UInt(bitPattern: $0))" }.joined(separator: "x")
      #expect(
        C.call { cnn_network_read_pixels(network, pixels, height, width, channels, &input, 784, $0) } == """
          CNN_MISUSE error[invalid-value]: no image is \(sizes) (height x width x channels)
            help: 1 channel (gray) or 3 (red, green, blue)
          """)
    }
    #expect(input.allSatisfy { $0 == 5 })
  }
}
