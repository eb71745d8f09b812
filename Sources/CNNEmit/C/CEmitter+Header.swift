import CNNPlan
import CNNSpec

extension CEmitter {
  /// The text of `NAME.h`.
  var header: String {
    let shape = plan.inputs[0].type.shape
    var text = """
      // \(name), compiled by cnnc. Do not edit.
      //
      // \(name).c needs C99 and the mathematical library (-lm), and nothing else: it allocates nothing and keeps
      // nothing, so that any number of threads may run it, each with an arena of its own. \(stack)

      #ifndef \(macro)_H
      #define \(macro)_H

      #include <stddef.h>
      #include <stdint.h>

      #ifdef __cplusplus
      extern "C" {
      #endif

      /// Bytes of memory that a run takes, from the caller: best at a multiple of \(macro)_ARENA_ALIGNMENT, at least at one
      /// of a float's size.
      #define \(macro)_ARENA_BYTES \(max(emission.arenaBytes, 1))
      #define \(macro)_ARENA_ALIGNMENT \(ArenaPlanner.alignment)
      \(addressCheck)
      /// Images of a run.
      #define \(macro)_BATCH \(plan.batch)

      /// The input: images one behind the other, each of them channels x height x width floats, row by row.
      /// The count is that of all images of a run.
      #define \(macro)_INPUT_CHANNELS \(shape.channels)
      #define \(macro)_INPUT_HEIGHT \(shape.height)
      #define \(macro)_INPUT_WIDTH \(shape.width)
      #define \(macro)_INPUT_COUNT \(plan.batch * shape.channels * shape.height * shape.width)


      """
    text += outputs + labels + weightsDeclarations + preprocessing
    return text + """
      /// Computes \(plan.outputs.count == 1 ? "the output" : "the outputs") of a batch.
      /// @param arena   \(macro)_ARENA_BYTES bytes, whatever is in them
      \(overlap)\
      void \(prefix)_run(\(runParameters));

      #ifdef __cplusplus
      }
      #endif

      #endif

      """
  }

  /// Where the arena is more than processors of 32 bits have addresses for, what keeps these from compiling it.
  private var addressCheck: String {
    guard emission.arenaBytes > Int32.max else { return "" }
    return """
      #if defined(PTRDIFF_MAX) && \(macro)_ARENA_BYTES > PTRDIFF_MAX
      #error "the arena is more than this processor can address: emit the network for a smaller batch"
      #endif

      """
  }

  /// The end of a line of a comment, and the next line.
  private var stack: String {
    guard let rows = emission.rows else {
      return "Kernels take up to 600 KB of\n"
        + "// stack where they are vectors, and up to 64 KB where they are portable."
    }
    // Beside what kernels take, there is a number a step.
    let kilobytes = 8 + rows.steps.count * 8 / 1024
    return "It makes rows of\n"
      + "// activations, keeps those that are still needed, and takes up to \(kilobytes) KB of stack."
  }

  /// What there is to say of the input of a program that makes rows.
  private var overlap: String {
    emission.rows == nil
      ? ""
      : "/// @param input   is read while \(plan.outputs.count == 1 ? "the output is" : "outputs are") written\n"
  }

  private var outputs: String {
    plan.outputs.indices.map { index in
      let port = plan.outputs[index]
      let name = plan.outputs.count == 1 ? "\(macro)_OUTPUT_COUNT" : "\(macro)_OUTPUT\(index + 1)_COUNT"
      let shape = port.type.shape
      let images = port.type.isBatched ? plan.batch : 1
      return """
        /// \(CNumber.comment(port.name)): \(shape.channels) x \(shape.height) x \(shape.width) floats for each image. The
        /// count is that of all images of a run.
        #define \(name) \(images * port.type.count)


        """
    }.joined()
  }

  private var labels: String {
    guard let labels = emission.labels else { return "" }
    return """
      /// The classes, in the order of the output, in UTF-8.
      #define \(macro)_LABEL_COUNT \(labels.count)
      extern const char *const \(prefix)_labels[\(macro)_LABEL_COUNT];


      """
  }

  private var weightsDeclarations: String {
    guard weightsAreInFile else { return "" }
    return """
      /// The weights: what the file \(weightsFileName) holds, which `cnnc emit --weights` makes, read or mapped to
      /// memory that begins at a multiple of 4, best of 64.
      #define \(macro)_WEIGHTS_BYTES \(CWeightsFile.headerBytes + weights.bytes)

      /// Whether `bytes` bytes are weights of this program, as its version of cnnc packs them, and whole: 1 or 0. Reads
      /// all of them. On machines that keep numbers' lowest bytes first, as nearly all do.
      int \(prefix)_weights_are_right(const void *weights, size_t bytes);


      """
  }

  private var preprocessing: String {
    let shape = plan.inputs[0].type.shape
    let settings = emission.network.spec.preprocessing
    var steps: [String] = []
    switch settings.resize {
    case .shorterSide(let side): steps.append("whose shorter side has been resized to \(side)")
    case .exact(let height, let width): steps.append("which has been resized to \(height) x \(width)")
    case nil: break
    }
    if settings.crop != nil || settings.resize != nil { steps.append("of which the middle has been cut out") }
    let order =
      shape.channels == 3 ? "red, green and blue side by side" : "all channels of a pixel side by side"
    return """
      /// One image's input from its pixels: \(shape.height) rows of \(shape.width), \(order).
      \(steps.isEmpty ? "" : "/// The pixels are those of an image \(steps.joined(separator: ", ")).\n")\
      void \(prefix)_preprocess(const uint8_t *pixels, float *input);


      """
  }
}
