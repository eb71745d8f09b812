import CNNEmbedding
import CNNKernels
import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What this process may use of the machine.
package enum Machine {
  /// The cores of the process's affinity mask.
  package static var availableCores: Int { Int(cnn_available_cores()) }

  /// The most bytes of memory that this process has had in use at once, files that it reads included.
  package static var peakMemoryBytes: Int {
    #if canImport(Glibc)
      // Not `getrusage`, but where there is no /proc: what starts a process with `vfork` bequeaths it its own peak there.
      if let status = try? FileSystem.read("/proc/self/status"),
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first(where: {
          $0.hasPrefix("VmHWM:")
        }), let kibibytes = Int(line.filter(\.isNumber))
      {
        return kibibytes * 1024
      }
    #endif
    var usage = rusage()
    #if canImport(Glibc)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }

  /// The environment variable that chooses the kernels' instruction set.
  package static let isaVariable = "CNNC_ISA"

  /// The instruction sets that there are kernels for and that this machine has, widest first.
  package static var isas: [String] { InstructionSets.names }

  /// The instruction set of the kernels that run: `avx2`. The widest there is, or the environment's.
  /// - Throws: `invalid-value` where the environment asks for one that is unknown or not there.
  package static var isa: String {
    get throws(Diagnostics) {
      if let name = InstructionSets.current { return name }
      let wanted = getenv(isaVariable).map { String(cString: $0) } ?? ""
      throw Diagnostics(
        Diagnostic(
          .invalidValue,
          "\(isaVariable) is `\(wanted)`, expected an instruction set of this machine", at: .none,
          help: ["one of \(isas.joined(separator: ", "))", "without the variable, \(isas[0]) is used"]))
    }
  }
}
