import CNNGraph
import CNNPlan
import CNNSpec

/// Writes a plan as C99: a header, and a source that holds all it needs, kernels and, unless they are to be in a file of
/// their own, weights.
package struct CEmitter {
  /// What is emitted.
  package struct Program {
    /// The spec's name, for comments and the files' names.
    package var name: String
    /// The prefix of all names, in lower case.
    package var identifier: String
    package var plan: ExecutionPlan
    /// The classes' labels, if the spec has any.
    package var labels: [String]?
    package var preprocessing: Preprocessing
    /// Whether the weights are in `NAME.weights` and not in the source.
    package var weightsAreInFile: Bool

    package init(
      name: String, identifier: String, plan: ExecutionPlan, labels: [String]?, preprocessing: Preprocessing,
      weightsAreInFile: Bool
    ) {
      self.name = name
      self.identifier = identifier
      self.plan = plan
      self.labels = labels
      self.preprocessing = preprocessing
      self.weightsAreInFile = weightsAreInFile
    }
  }

  let program: Program
  let weights: CWeights

  var plan: ExecutionPlan { program.plan }
  var prefix: String { program.identifier }
  var macro: String { program.identifier.uppercased() }

  /// - Parameter read: a number of floats from a parameter or a constant of the plan on.
  package init(_ program: Program, read: (Location, Int) -> [Float]) {
    precondition(program.plan.inputs.count == 1, "a network has one input")
    self.program = program
    weights = CWeights(program.plan, read: read)
  }

  /// `NAME.h`, `NAME.c` and, with weights in a file, `NAME.weights`, little-endian floats.
  package func files() -> [(name: String, bytes: [UInt8])] {
    var files = [
      (name: "\(program.name).h", bytes: Array(header.utf8)), (name: "\(program.name).c", bytes: Array(source.utf8)),
    ]
    if program.weightsAreInFile { files.append((name: "\(program.name).weights", bytes: weightBytes)) }
    return files
  }

  var weightBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(weights.values.count * MemoryLayout<Float>.size)
    for value in weights.values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  // MARK: - The source

  /// The parameters of `run`.
  var runParameters: String {
    let outputs = plan.outputs.indices.map { "float *\(outputName($0))" }.joined(separator: ", ")
    let file = program.weightsAreInFile ? "const void *weights, " : ""
    return "\(file)void *arena, const float *input, \(outputs)"
  }

  func outputName(_ index: Int) -> String { plan.outputs.count == 1 ? "output" : "output\(index + 1)" }

  private var source: String {
    let run = self.run
    let kernels = plan.calls.reduce(into: [Kernel]()) { if !$0.contains($1.kernel) { $0.append($1.kernel) } }
    var text = """
      // \(program.name), compiled by cnnc: what \(program.name).h declares, in C99. Do not edit.
      //
      // Where the compiler is clang, and \(macro)_PORTABLE is not defined, kernels are written on its vectors, for the
      // instruction set that it compiles for; elsewhere they are plain C.

      #include "\(program.name).h"

      #include <math.h>
      #include <stddef.h>
      #include <stdint.h>
      #include <string.h>

      #if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(\(macro)_PORTABLE)
      #define CNN_VECTORS 1
      #else
      #define CNN_VECTORS 0
      #endif

      // What is here is what some network needs, which need not be all of it; and vectors are an extension of C.
      #if defined(__GNUC__)
      #pragma GCC diagnostic push
      #pragma GCC diagnostic ignored "-Wunused-function"
      #pragma GCC diagnostic ignored "-Wunused-const-variable"
      #if defined(__clang__)
      #pragma GCC diagnostic ignored "-Wpedantic"
      #pragma GCC diagnostic ignored "-Wgnu"
      #pragma GCC diagnostic ignored "-Wc11-extensions"
      #endif
      #endif

      #if CNN_VECTORS
      #if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
      \(KernelText.shared.registers("avx512"))
      #elif defined(__AVX2__) && defined(__FMA__)
      \(KernelText.shared.registers("avx2"))
      #else
      \(KernelText.shared.registers("baseline"))
      #endif
      #endif


      """
    text += KernelText.shared.text(of: kernels, calledBy: run)
    text += "\n" + weightsText + labelsText + preprocessText + checkText + run
    return text + """

      #if defined(__GNUC__)
      #pragma GCC diagnostic pop
      #endif

      """
  }

  private var weightsText: String {
    guard !program.weightsAreInFile else { return "" }
    return """
      // The weights, in the order in which kernels read them.
      #if defined(__GNUC__)
      __attribute__((aligned(64)))
      #endif
      static const float \(prefix)_weights[\(max(weights.values.count, 1))] = {
      \(CNumber.lines(weights.values.isEmpty ? [0] : weights.values))
      };


      """
  }

  private var labelsText: String {
    guard let labels = program.labels else { return "" }
    let lines = labels.map { "  \(CNumber.string($0))," }.joined(separator: "\n")
    return "const char *const \(prefix)_labels[\(macro)_LABEL_COUNT] = {\n\(lines)\n};\n\n"
  }

  private var checkText: String {
    guard program.weightsAreInFile else { return "" }
    return """
      int \(prefix)_weights_are_right(const void *weights) {
        const unsigned char *bytes = weights;
        uint64_t hash = 0xcbf29ce484222325u;
        for (size_t i = 0; i < \(macro)_WEIGHTS_BYTES; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
        return hash == \(macro)_WEIGHTS_HASH;
      }


      """
  }

  private var preprocessText: String {
    let shape = plan.inputs[0].type.shape
    let settings = program.preprocessing
    func list(_ values: [Double]) -> String {
      (0..<shape.channels).map { CNumber.real(values.count == 1 ? values[0] : values[$0]) }.joined(separator: ", ")
    }
    let from = settings.color == .bgr ? "\(shape.channels - 1) - c" : "c"
    return """
      void \(prefix)_preprocess(const uint8_t *pixels, float *input) {
        static const double mean[] = {\(list(settings.mean))};
        static const double deviation[] = {\(list(settings.std))};
        for (size_t c = 0; c < \(macro)_INPUT_CHANNELS; c++) {
          float values[256];
          for (int byte = 0; byte < 256; byte++) {
            const double scaled = byte * \(CNumber.real(settings.scale));
            values[byte] = (float)((scaled - mean[c]) / deviation[c]);
          }
          for (size_t i = 0; i < (size_t)\(macro)_INPUT_HEIGHT * \(macro)_INPUT_WIDTH; i++)
            *input++ = values[pixels[i * \(macro)_INPUT_CHANNELS + \(from)]];
        }
      }


      """
  }
}
