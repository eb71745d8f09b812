import CCNN
import CNNSpec
import Testing

@testable import CNNCABI

/// Calls as C makes them, and the files of the package that they name.
enum C {
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/")
  static let spec = root + "/specs/lenet5.yaml"
  static let weights = root + "/specs/lenet5.safetensors"
  static let image = root + "/specs/lenet5.png"

  /// The text of a call's error, which is freed, behind the name of its status; `CNN_OK` for none.
  static func call(_ body: (ErrorText) -> cnn_status) -> String {
    // Something else before, so that success is seen to clear it.
    var text: UnsafeMutablePointer<CChar>? = UnsafeMutablePointer(bitPattern: 16)
    let status = body(&text)
    defer { cnn_text_free(text) }
    let name = String(cString: cnn_status_name(status))
    return text.map { name + " " + String(cString: $0) } ?? name
  }

  /// What a call returns for a file that is not there.
  static func missing(_ path: String) -> String { "CNN_FAILED " + missingText(path) }

  /// What an error's text says of it.
  static func missingText(_ path: String) -> String {
    """
    \(path): error[unreadable-file]: no such file or directory
      help: check the path; it is taken relative to the current directory
    """
  }

  /// LeNet-5 with its weights.
  static func network(batch: CInt = 1, threads: CInt = 1) throws -> OpaquePointer {
    var network: OpaquePointer?
    #expect(call { cnn_network_load(spec, weights, batch, threads, &network, $0) } == "CNN_OK")
    return try #require(network)
  }

  static func session(_ network: OpaquePointer) throws -> OpaquePointer {
    var session: OpaquePointer?
    #expect(call { cnn_session_create(network, &session, $0) } == "CNN_OK")
    return try #require(session)
  }
}
