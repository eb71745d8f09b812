import CCNN
import CNN
import CNNSpec

/// Where C wants an error's text.
public typealias ErrorText = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// Why a call from C came to nothing.
enum CallFailure: Error {
  /// The call itself is wrong.
  case misuse(Diagnostics)
  /// What it names is wrong.
  case failed(Diagnostics)

  /// An argument of the call that is wrong.
  static func argument(_ message: String, help: [String] = []) -> CallFailure {
    .misuse(Diagnostics(Diagnostic(.invalidValue, message, at: .none, help: help)))
  }

  var status: cnn_status {
    switch self {
    case .misuse: CNN_MISUSE
    case .failed: CNN_FAILED
    }
  }

  var findings: Diagnostics {
    switch self {
    case .misuse(let findings), .failed(let findings): findings
    }
  }
}

/// Makes a call from C: its status, and the text of what is wrong.
func report(to text: ErrorText?, _ call: () throws(CallFailure) -> Void) -> cnn_status {
  text?.pointee = nil
  do throws(CallFailure) {
    try call()
    return CNN_OK
  } catch {
    text?.pointee = newCText(error.findings.description)
    return error.status
  }
}

/// Calls what finds fault with the data.
func failing<Result: ~Copyable>(
  _ call: () throws(Diagnostics) -> Result
) throws(CallFailure) -> Result {
  do throws(Diagnostics) { return try call() } catch { throw .failed(error) }
}

/// Calls what finds fault with the arguments.
func misusing(_ call: () throws(Diagnostics) -> Void) throws(CallFailure) {
  do throws(Diagnostics) { try call() } catch { throw .misuse(error) }
}

/// An argument that must not be NULL.
func required<Argument>(_ argument: Argument?, _ name: String) throws(CallFailure) -> Argument {
  guard let argument else { throw .argument("`\(name)` is NULL") }
  return argument
}

/// A text that must not be NULL, and is UTF-8.
func required(text: UnsafePointer<CChar>?, _ name: String) throws(CallFailure) -> String {
  guard let text = String(validatingCString: try required(text, name)) else {
    throw .argument("`\(name)` is no UTF-8")
  }
  return text
}

/// The element of an index from C.
func element<Element>(_ index: Int, of all: [Element], _ name: String) throws(CallFailure) -> Element {
  guard all.indices.contains(index) else {
    // What does not fit into Swift's integers comes as a negative number.
    throw .argument("there is no \(name) \(UInt(bitPattern: index)); they are 0 to \(all.count - 1)")
  }
  return all[index]
}
