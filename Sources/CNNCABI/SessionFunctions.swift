import CCNN
import CNN
import CNNSpec

// The functions of `cnn.h` about sessions; it documents them.

@_cdecl("cnn_session_create")
public func sessionCreate(
  _ network: OpaquePointer?, _ session: UnsafeMutablePointer<OpaquePointer?>?, _ error: ErrorText?
) -> cnn_status {
  session?.pointee = nil
  return report(to: error) { () throws(CallFailure) in
    let network = handle(try required(network, "network"), as: NetworkHandle.self)
    let session = try required(session, "session")
    let new = try failing { () throws(Diagnostics) in try SessionHandle(network) }
    session.pointee = retained(new)
  }
}

@_cdecl("cnn_session_free")
public func sessionFree(_ session: OpaquePointer?) { release(session, as: SessionHandle.self) }

@_cdecl("cnn_session_run")
public func sessionRun(
  _ session: OpaquePointer?, _ input: UnsafePointer<Float>?, _ inputCount: Int,
  _ output: UnsafeMutablePointer<Float>?, _ outputCount: Int, _ error: ErrorText?
) -> cnn_status {
  report(to: error) { () throws(CallFailure) in
    let handle = handle(try required(session, "session"), as: SessionHandle.self)
    let input = try required(input, "input")
    let output = try required(output, "output")
    // Before a buffer is made of a count: it may be negative.
    try misusing { () throws(Diagnostics) in
      try handle.network.inputs[0].tensor.check(count: inputCount)
      try handle.network.outputs[0].tensor.check(count: outputCount)
    }
    var target = UnsafeMutableBufferPointer(start: output, count: outputCount).mutableSpan
    try misusing { () throws(Diagnostics) in
      try handle.session.run(UnsafeBufferPointer(start: input, count: inputCount).span, into: &target)
    }
  }
}

@_cdecl("cnn_session_output")
public func sessionOutput(
  _ session: OpaquePointer?, _ index: Int, _ output: UnsafeMutablePointer<Float>?, _ count: Int,
  _ error: ErrorText?
) -> cnn_status {
  report(to: error) { () throws(CallFailure) in
    let handle = handle(try required(session, "session"), as: SessionHandle.self)
    let output = try required(output, "output")
    let tensor = try element(index, of: handle.network.outputs, "output").tensor
    try misusing { () throws(Diagnostics) in
      try tensor.check(count: count)
      var target = UnsafeMutableBufferPointer(start: output, count: count).mutableSpan
      try handle.session.copyOutput(tensor.name, into: &target)
    }
  }
}
