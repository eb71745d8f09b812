import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec
import Testing

@testable import CNNRuntime

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct BoundWeightsTests {
  /// A convolution whose weights are packed and a fully connected layer whose weights are read as they lie.
  private struct Example {
    let plan: ExecutionPlan
    let tensors: [NamedTensor]
    static let packed = "conv.weight"
    static let read = ["conv.bias", "fc.weight", "fc.bias"]

    init() throws {
      var graph = Graph(name: "example")
      func add<Layer: LayerOperator>(_ name: String, _ layer: Layer, _ wrap: (Layer) -> Op, _ x: ValueID)
        -> ValueID
      {
        let parameters = layer.parameters(for: [graph[x].type.shape]).map {
          graph.addParameter("\(name).\($0.suffix)", .parameter($0.dimensions))
        }
        return graph.addNode(
          wrap(layer), inputs: [x], parameters: parameters, outputNames: [name], layers: [name])[0]
      }
      let window = Window2D(kernel: Size2D(3), padding: Padding(1))
      let conv = add(
        "conv", Conv2D(filters: 128, window: window), Op.conv2d,
        graph.addInput("input", .activation(Shape(192, 6, 6))))
      graph.outputs = [.init(name: "fc", value: add("fc", Dense(units: 40), Op.dense, conv))]
      plan = try Planner.plan([Pass].inference(batch: 1)(graph), batch: 1)
      tensors = plan.parameters.enumerated().map { index, tensor in
        NamedTensor(
          tensor.name, tensor.dimensions,
          KernelChecker.numbers(UInt64(index), tensor.dimensions.reduce(1, *)))
      }
    }

    /// What the network returns, by weights bound anew.
    func output(_ weights: Weights) throws -> [Float] {
      var session = try Session(plan, weights: BoundWeights(weights, for: plan))
      let image = KernelChecker.numbers(9, 192 * 36)
      session.copyInput(from: image.span)
      session.run()
      return session.output()
    }
  }

  @Test func `tensors that are packed, and mapped from a file, stay what they are`() throws {
    let example = try Example()
    let expected = try example.output(Weights(example.tensors))
    try SafetensorsTests.withPath { path in
      try SafetensorsWriter.write(example.tensors, to: path)
      let bytes = try FileSystem.read(path)
      // A file that is in memory cannot be read again.
      for file in [try SafetensorsFile(path), try SafetensorsFile(bytes: bytes, name: "memory")] {
        let weights = try Weights(file)
        for _ in 0..<2 {
          #expect(try example.output(weights) == expected)
          for tensor in example.tensors {
            #expect(weights.values(of: tensor.name) == tensor.values, "\(tensor.name)")
          }
        }
      }
    }
  }

  #if os(Linux)
    /// What a file of the system's says, whose size it does not.
    private func text(of path: String) throws -> String {
      let descriptor = open(path, O_RDONLY)
      try #require(descriptor >= 0)
      defer { close(descriptor) }
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
      return String(decoding: bytes, as: UTF8.self)
    }

    /// Bytes of a file that this process has mapped and in memory.
    private func residentBytes(of path: String) throws -> Int {
      let maps = try text(of: "/proc/self/smaps").split(separator: "\n")
      let entry = try #require(maps.firstIndex { $0.hasSuffix(path) }, "\(path) is not mapped")
      let line = try #require(maps[entry...].first { $0.hasPrefix("Rss:") })
      let kilobytes = try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
      return kilobytes * 1024
    }

    @Test func `the system gets the memory of what is packed back, and of nothing else`() throws {
      let example = try Example()
      let counts = Dictionary(uniqueKeysWithValues: example.tensors.map { ($0.name, $0.values.count * 4) })
      let packed = try #require(counts[Example.packed])
      let read = Example.read.reduce(0) { $0 + (counts[$1] ?? 0) }
      #expect(counts.count == 4 && packed > 500_000 && read > 500_000)
      let pages = 2 * sysconf(Int32(_SC_PAGESIZE))
      try SafetensorsTests.withPath { path in
        try SafetensorsWriter.write(example.tensors, to: path)
        let weights = try Weights(SafetensorsFile(path))
        for tensor in example.tensors { _ = weights.values(of: tensor.name) }
        #expect(try residentBytes(of: path) >= packed + read)
        let bound = try BoundWeights(weights, for: example.plan)
        let left = try residentBytes(of: path)
        #expect(left >= read - pages && left <= read + 2 * pages, "\(left) of \(read) and \(packed)")
        withExtendedLifetime(bound) {}
      }
    }
  #endif
}
