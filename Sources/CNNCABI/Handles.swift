import CCNN
import CNN
import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A text as C reads it, which lives as long as its owner.
final class CText: @unchecked Sendable {
  let pointer: UnsafePointer<CChar>

  init(_ text: String) { pointer = UnsafePointer(newCText(text)) }

  deinit { freeCText(UnsafeMutablePointer(mutating: pointer)) }
}

/// A text that C frees.
func newCText(_ text: String) -> UnsafeMutablePointer<CChar> {
  guard let copy = strdup(text) else { preconditionFailure("no memory for a text") }
  return copy
}

/// Frees a text of ``newCText(_:)``.
func freeCText(_ text: UnsafeMutablePointer<CChar>?) { free(text) }

/// Bytes of a text of C, without the zero behind it.
func cTextLength(_ text: UnsafePointer<CChar>) -> Int { strlen(text) }

/// What a `cnn_network *` points to.
final class NetworkHandle: Sendable {
  let model: Model
  let network: CompiledNetwork
  let name: CText
  let inputs: [(tensor: TensorDescription, name: CText)]
  let outputs: [(tensor: TensorDescription, name: CText)]
  let classes: [CText]

  init(_ model: Model, weights: String, batch: Int, threads: Int) throws(Diagnostics) {
    self.model = model
    network = try model.compile(weights: .file(weights), batch: batch, threads: threads)
    name = CText(model.name)
    inputs = [network.input].map { ($0, CText($0.name)) }
    outputs = network.outputs.map { ($0, CText($0.name)) }
    classes = (model.classes ?? []).map(CText.init)
  }

  /// Elements of one image.
  var imageCount: Int { model.inputShape.reduce(1, *) }
}

/// What a `cnn_session *` points to.
final class SessionHandle {
  var session: InferenceSession
  /// Its descriptions of inputs and outputs are the session's.
  let network: NetworkHandle

  init(_ network: NetworkHandle) throws(Diagnostics) {
    session = try network.network.makeSession()
    self.network = network
  }
}

/// A pointer that owns the object, for C.
func retained(_ handle: some AnyObject) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
}

/// The object that C's pointer owns.
func handle<Handle: AnyObject>(_ pointer: OpaquePointer, as type: Handle.Type) -> Handle {
  Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
}

/// Gives up what C's pointer owns.
func release<Handle: AnyObject>(_ pointer: OpaquePointer?, as type: Handle.Type) {
  guard let pointer else { return }
  Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).release()
}
