import CNNEmit
import CNNGraph
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Testing

struct CEmitterTests {
  @Test func `what is no number is an error`() {
    #expect(Numbers.error(of: [.nan, 1], from: [0, 1]) == .infinity)
    #expect(Numbers.error(of: [0.5, 1], from: [0, 1]) == 0.5)
    #expect(Numbers.error(of: [0, 0], from: [0, 0]) == 0)
  }

  private static let sanitizers = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

  /// Compares a program with the session.
  /// - Parameter isSanitized: whether gcc compiles it with sanitizers, too, which stop it where they find anything.
  private static func check(
    _ network: CheckedNetwork, within limit: Float = 1e-5, isSanitized: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout Emission.Options) -> Void = { _ in }
  ) throws {
    let program = try CompiledC(network, change)
    let input = Numbers.input(program.emission.plan.batch * network.input.count)
    let expected = try program.expected(input)
    let macro = program.emission.identifier.uppercased()
    try #require(Shell.clang != nil || Shell.gcc != nil, "no C compiler", sourceLocation: sourceLocation)
    if let clang = Shell.clang {
      let isa = try Machine.isa
      let vectors = try program.output(of: input, compiler: clang, flags: ["-O3"] + Shell.flags(for: isa))
      #expect(vectors.map(\.bitPattern) == expected.map(\.bitPattern), sourceLocation: sourceLocation)
      let portable = try program.output(of: input, compiler: clang, flags: ["-O2", "-D\(macro)_PORTABLE"])
      #expect(Numbers.error(of: portable, from: expected) <= limit, sourceLocation: sourceLocation)
    }
    if let gcc = Shell.gcc {
      for flags in [["-O3"]] + (isSanitized ? [sanitizers] : []) {
        let portable = try program.output(of: input, compiler: gcc, flags: flags)
        #expect(Numbers.error(of: portable, from: expected) <= limit, sourceLocation: sourceLocation)
      }
    }
  }

  @Test(arguments: Zoo.small) func `small networks compute what the session does`(spec: String) throws {
    try Self.check(Zoo.network(spec))
  }

  #if !DEBUG
    @Test(arguments: Zoo.large) func `all networks compute what the session does`(spec: String) throws {
      try Self.check(Zoo.network(spec), within: Zoo.limit(spec))
    }
  #endif

  @Test func `every spec is one of the lists'`() throws {
    let specs = try FileSystem.names(in: Shell.root + "/specs").filter { $0.hasSuffix(".yaml") }
    #expect(
      specs.map { String($0.dropLast(5)) }.sorted() == (Zoo.small + Zoo.large + Zoo.families).sorted())
  }

  @Test(arguments: [
    "conv(20, 2x2, stride=2) - sigmoid - fc(3) - softmax",
    "conv(5, 3x3, groups=1) - prelu - avgpool(2) - fc(2)",
    "deconv(4, 2x2, stride=2) - tanh - fc(3)",
    "conv(32, 3x3, pad=1) - lrn(5) - maxpool(2) - elu - fc(4) - softmax",
    "upsample(2) - conv(17, 3x3, pad=1) - gelu - conv(16, 3x3, pad=1) - silu - globalavgpool - fc(3)",
    "conv(24, 1x1) - bn - relu6 - fc(3) - softmax",
    "maxpool:p(2) - unpool(@p)",
  ])
  func `layers of many kinds`(layers: String) throws {
    let text = "input: 2x12x10\nnetwork: \(layers)\n"
    try Self.check(EmissionFixture.network(text, file: "layers.yaml"), isSanitized: true) { $0.batch = 3 }
  }

  @Test(arguments: [Emission.WeightsPlace.source, .file], [1, 16])
  func `weights in either place, and batches`(place: Emission.WeightsPlace, batch: Int) throws {
    try Self.check(Zoo.network("lenet5")) {
      $0.weightsPlace = place
      $0.batch = batch
    }
  }

  @Test func `two runs make the same bytes, and no place or date is in them`() throws {
    let network = try Zoo.network("resnet20-cifar")
    let folders = [try CompiledC(network).folder, try CompiledC(network).folder]
    for name in ["resnet20_cifar.h", "resnet20_cifar.c", "resnet20_cifar_weights.bin"] {
      let bytes = try folders.map { try FileSystem.read($0.path + "/" + name) }
      #expect(bytes[0] == bytes[1])
      guard !name.hasSuffix(".bin") else { continue }
      let text = String(decoding: bytes[0], as: UTF8.self)
      for word in ["/tmp", "/usr", Shell.root, "__DATE__"] { #expect(!text.contains(word)) }
    }
  }

  @Test func `without weights there is no file of them`() throws {
    let emission = try EmissionFixture.emission(weights: false) { $0 = Emission.Options(.c) }
    let files = CEmitter.emit(emission, read: nil)
    #expect(files.map(\.name) == ["small.h", "small.c"])
    let header = String(decoding: files[0].bytes, as: UTF8.self)
    #expect(header.contains("int small_weights_are_right(const void *weights, size_t bytes);"))
  }

  @Test func `kernels that are not called are left out`() throws {
    let program = try CompiledC(Zoo.network("lenet5"))
    let source = String(decoding: try FileSystem.read(program.folder.path + "/lenet5.c"), as: UTF8.self)
    for name in ["cnn_conv2d_pool_small(", "cnn_dense(", "cnn_softmax("] { #expect(source.contains(name)) }
    for name in ["winograd", "gradient", "CNN_KERNEL(conv2d_blocks)", "cnn_lrn", "malloc"] {
      #expect(!source.contains(name), "\(name)")
    }
  }

  @Test func `C++ includes the header, and labels and preprocessing are the spec's`() throws {
    let text = """
      input: 3x2x2
      network: fc(3) - softmax
      preprocess: {scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], color: bgr}
      classes: [a "quoted" one, "größe??", c]
      """
    let program = try CompiledC(EmissionFixture.network(text, file: "labels.yaml"))
    let compiler = try #require(Shell.clang ?? Shell.gcc)
    try program.folder.write(
      "main.cc",
      Array(
        """
        #include "labels.h"
        #include <cstdio>
        #include <cstring>
        int main() {
          const uint8_t pixels[12] = {0, 1, 2, 3, 4, 5, 128, 254, 255, 9, 10, 11};
          float input[LABELS_INPUT_COUNT];
          labels_preprocess(pixels, input);
          FILE *file = std::fopen("\(program.folder.path)/input", "wb");
          std::fwrite(input, sizeof(float), LABELS_INPUT_COUNT, file);
          std::fclose(file);
          return LABELS_LABEL_COUNT != 3 || std::strcmp(labels_labels[0], "a \\"quoted\\" one") ||
                 std::strcmp(labels_labels[1], "größe?\\?");
        }
        """.utf8))
    let path = program.folder.path
    try Shell.run([compiler, "-std=c99", "-c", "\(path)/labels.c", "-o", "\(path)/labels.o"])
    try Shell.run([
      compiler, "-x", "c++", "-Wall", "-Wextra", "-Werror", "-pedantic", "-c", "\(path)/main.cc", "-o",
      "\(path)/main.o",
    ])
    try Shell.run([compiler, "\(path)/main.o", "\(path)/labels.o", "-lm", "-o", "\(path)/main"])
    try Shell.run(["\(path)/main"])
    let bytes = try FileSystem.read(path + "/input")
    let pixels: [UInt8] = [0, 1, 2, 3, 4, 5, 128, 254, 255, 9, 10, 11]
    let (mean, std) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    for channel in 0..<3 {
      for pixel in 0..<4 {
        let byte = pixels[pixel * 3 + 2 - channel]
        let expected = Float((Double(byte) * (1.0 / 255) - mean[channel]) / std[channel])
        let found = bytes.withUnsafeBytes {
          $0.loadUnaligned(fromByteOffset: 4 * (channel * 4 + pixel), as: Float.self)
        }
        #expect(found == expected)
      }
    }
  }

  @Test func `labels of any length are compiled by all compilers`() throws {
    // C99 promises literals of 4095 bytes, and compilers warn of longer ones.
    let labels = [4094, 4095, 4096, 9000].map { count in
      String(decoding: String(repeating: "'\"?ß\\a ", count: count).utf8.prefix(count), as: UTF8.self)
    }
    #expect(labels.map(\.utf8.count) == [4094, 4095, 4096, 9000])
    let folder = try TemporaryFolder()
    try folder.write("labels.txt", labels.joined(separator: "\n"))
    let spec = try folder.write("labels.yaml", "input: 1x2x2\nnetwork: fc(4)\nclasses: labels.txt\n")
    let program = try CompiledC(SpecSource(path: spec).report().single().network)
    let path = program.folder.path
    try program.folder.write(
      "main.c",
      """
      #include "labels.h"
      #include <stdio.h>
      int main(void) {
        for (int i = 0; i < LABELS_LABEL_COUNT; i++) puts(labels_labels[i]);
        return 0;
      }
      """)
    for compiler in [Shell.clang, Shell.gcc].compactMap(\.self) {
      try Shell.run([
        compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "\(path)/main.c",
        "\(path)/labels.c",
        "-lm", "-o", "\(path)/main",
      ])
      try Shell.run(["sh", "-c", "\(path)/main > \(path)/said"])
      let said = String(decoding: try FileSystem.read(path + "/said"), as: UTF8.self)
      #expect(said == labels.map { $0 + "\n" }.joined())
    }
  }

  @Test func `an arena beyond 32 bits is no program for such a processor`() throws {
    let clang = try #require(Shell.clang)
    let folder = try TemporaryFolder()
    // Three floats in and two out for each image.
    for (batch, fits) in [(1_000_000, true), (1_000_000_000, false)] {
      let emission = try EmissionFixture.emission("input: 3x1x1\nnetwork: fc(2)", file: "wide.yaml") {
        $0 = Emission.Options(.c)
        $0.batch = batch
      }
      let files = CEmitter.emit(emission, read: nil)
      let header = try #require(files.first { $0.name == "wide.h" })
      let path = try folder.write("wide.h", header.bytes)
      func compile(for target: String) throws {
        try Shell.run([clang, "--target=\(target)", "-std=c99", "-ffreestanding", "-fsyntax-only", path])
      }
      try compile(for: "aarch64-none-elf")
      if fits {
        try compile(for: "arm-none-eabi")
      } else {
        let failure = try #require(throws: Shell.Failure.self) { try compile(for: "arm-none-eabi") }
        #expect(failure.description.contains("the arena is more than this processor can address"))
      }
    }
  }

  @Test(arguments: [("resnet20-cifar.yaml", "resnet20_cifar"), ("LeNet.yaml", "lenet")])
  func `names begin with the spec's`(file: String, identifier: String) throws {
    #expect(try EmissionFixture.emission(file: file) { $0 = Emission.Options(.c) }.identifier == identifier)
  }

  @Test(arguments: ["int.yaml", "cnn.yaml", "größe.yaml"])
  func `names that C does not take are refused`(file: String) throws {
    let error = try #require(throws: Diagnostics.self) {
      try EmissionFixture.emission(file: file) { $0 = Emission.Options(.c) }
    }
    #expect(error.all.map(\.code) == [.invalidName])
  }
}
