import CNNEmbedding
import CNNGraph
import CNNPlan
import CNNSpec

/// Writes a network as C99: a header, and a source that holds all it needs, kernels and, unless they are to be in a file
/// of their own, weights.
package struct CEmitter {
  let emission: Emission
  let weights: CWeights

  var plan: ExecutionPlan { emission.plan }
  /// What all names begin with, and all macros.
  var prefix: String { emission.identifier }
  var macro: String { emission.identifier.uppercased() }
  /// What comments call the network, the files' names without their endings.
  var name: String { emission.identifier }
  /// Whether the weights are in a file of their own and not in the source.
  var weightsAreInFile: Bool { emission.weightsPlace == .file }
  var weightsFileName: String { "\(name)_weights.bin" }

  /// - Parameter read: a number of floats from a parameter or a constant of the plan on; nil where there are no weights.
  /// - Returns: `NAME.h`, `NAME.c` and, with weights in a file, `NAME_weights.bin`.
  package static func emit(_ emission: Emission, read: ((Location, Int) -> [Float])?) -> [EmittedFile] {
    precondition(emission.plan.inputs.count == 1, "a network has one input")
    let weights =
      emission.rows.map { CWeights($0, read: read) } ?? CWeights(emission.plan, read: read)
    return CEmitter(emission: emission, weights: weights).files
  }

  private var files: [EmittedFile] {
    let run = self.run
    let kernels = kernels(calledBy: run)
    let file = weightsAreInFile ? CWeightsFile(run: run, kernels: kernels) : nil
    var files = [EmittedFile(name: "\(name).h", text: header)]
    files.append(EmittedFile(name: "\(name).c", text: source(kernels, file?.check(prefix, macro) ?? "", run)))
    if let file, let values = weights.values {
      files.append(EmittedFile(name: weightsFileName, bytes: file.bytes(of: values)))
    }
    return files
  }

  // MARK: - The source

  /// The parameters of `run`.
  var runParameters: String {
    let outputs = plan.outputs.indices.map { "float *\(outputName($0))" }.joined(separator: ", ")
    let file = weightsAreInFile ? "const void *weights, " : ""
    return "\(file)void *arena, const float *input, \(outputs)"
  }

  func outputName(_ index: Int) -> String { plan.outputs.count == 1 ? "output" : "output\(index + 1)" }

  /// The function that runs the network.
  private var run: String { emission.rows.map { run(of: $0) } ?? runOfMaps }

  /// - Parameters:
  ///   - kernels: their text.
  ///   - check: the function that checks a file of weights, if there is one.
  ///   - run: the function that runs the network.
  private func source(_ kernels: String, _ check: String, _ run: String) -> String {
    """
    // \(name), compiled by cnnc: what \(name).h declares, in C99. Do not edit.
    //
    \(emission.rows == nil ? aboutKernels : aboutRows)

    #include "\(name).h"

    #include <math.h>
    #include <stddef.h>
    #include <stdint.h>
    #include <string.h>

    \(emission.rows == nil ? vectorsAreThere : "")\
    // What is here is what some network needs, which need not be all of it; and vectors are an extension of C.
    #if defined(__GNUC__)
    #pragma GCC diagnostic push
    #pragma GCC diagnostic ignored "-Wunused-function"
    #pragma GCC diagnostic ignored "-Wunused-const-variable"
    #if defined(__clang__)
    #pragma GCC diagnostic ignored "-Wpedantic"
    #pragma GCC diagnostic ignored "-Wgnu"
    #pragma GCC diagnostic ignored "-Wc11-extensions"
    #pragma GCC diagnostic ignored "-Wpass-failed"
    #endif
    #endif


    """ + kernels + "\n" + weightsText + labelsText + preprocessText + check + run + """

      #if defined(__GNUC__)
      #pragma GCC diagnostic pop
      #endif

      """
  }

  private var aboutKernels: String {
    """
    // Where the compiler is clang, and \(macro)_PORTABLE is not defined, kernels are written on its vectors, for the
    // instruction set that it compiles for; elsewhere they are plain C.
    """
  }

  private var vectorsAreThere: String {
    """
    #if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(\(macro)_PORTABLE)
    #define CNN_VECTORS 1
    #else
    #define CNN_VECTORS 0
    #endif


    """
  }

  /// All that the function that runs the network calls.
  private func kernels(calledBy run: String) -> String {
    if let rows = emission.rows {
      let kernels = rows.steps.reduce(into: [RowKernel]()) {
        if !$0.contains($1.call.kernel) { $0.append($1.call.kernel) }
      }
      return KernelText.shared.text(of: kernels, calledBy: run)
    }
    let kernels = plan.calls.reduce(into: [Kernel]()) { if !$0.contains($1.kernel) { $0.append($1.kernel) } }
    return """
      #define CNN_MOST_IMAGES \(macro)_BATCH
      #define CNN_FINDS_PLACES 0

      #if CNN_VECTORS
      #if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
      \(KernelText.shared.registers("avx512"))
      #elif defined(__AVX2__) && defined(__FMA__)
      \(KernelText.shared.registers("avx2"))
      #else
      \(KernelText.shared.registers("baseline"))
      #endif
      #endif


      """ + KernelText.shared.text(of: kernels, calledBy: run)
  }

  private var weightsText: String {
    guard !weightsAreInFile, let values = weights.values else { return "" }
    return """
      // The weights, in the order in which kernels read them.
      #if defined(__GNUC__)
      __attribute__((aligned(64)))
      #endif
      static const float \(prefix)_weights[\(max(values.count, 1))] = {
      \(CNumber.lines(values.isEmpty ? [0] : values))
      };


      """
  }

  private var labelsText: String {
    guard let labels = emission.labels else { return "" }
    var arrays = ""
    var lines = ""
    for (number, label) in labels.enumerated() {
      guard label.utf8.count > CNumber.mostLiteralBytes else {
        lines += "  \(CNumber.string(label)),\n"
        continue
      }
      let name = "\(prefix)_label\(number)"
      arrays += "static const char \(name)[] = {\n\(CNumber.characters(label))\n};\n\n"
      lines += "  \(name),\n"
    }
    return arrays + "const char *const \(prefix)_labels[\(macro)_LABEL_COUNT] = {\n\(lines)};\n\n"
  }

  private var preprocessText: String {
    let shape = plan.inputs[0].type.shape
    let settings = emission.network.spec.preprocessing
    func list(_ values: [Double]) -> String {
      (0..<shape.channels).map { CNumber.real(values.count == 1 ? values[0] : values[$0]) }.joined(
        separator: ", ")
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
