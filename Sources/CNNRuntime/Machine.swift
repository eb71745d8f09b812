import CNNKernels

/// What this process may use of the machine.
package enum Machine {
  /// The cores of the process's affinity mask.
  package static var availableCores: Int { Int(cnn_available_cores()) }
}
