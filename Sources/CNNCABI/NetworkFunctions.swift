import CCNN
import CNN
import CNNSpec

// The functions of `cnn.h` about networks; it documents them. Counts (`size_t`) come as `Int`: what is past its
// largest number is negative here.

@_cdecl("cnn_text_free")
public func textFree(_ text: UnsafeMutablePointer<CChar>?) { freeCText(text) }

@_cdecl("cnn_network_load")
public func networkLoad(
  _ spec: UnsafePointer<CChar>?, _ weights: UnsafePointer<CChar>?, _ batch: CInt, _ threads: CInt,
  _ network: UnsafeMutablePointer<OpaquePointer?>?, _ error: ErrorText?
) -> cnn_status {
  makeNetwork(weights, batch, threads, network, error) { () throws(CallFailure) in
    let spec = try required(text: spec, "spec")
    return try failing { () throws(Diagnostics) in try Model(contentsOf: spec) }
  }
}

@_cdecl("cnn_network_parse")
public func networkParse(
  _ text: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?, _ weights: UnsafePointer<CChar>?,
  _ batch: CInt, _ threads: CInt, _ network: UnsafeMutablePointer<OpaquePointer?>?, _ error: ErrorText?
) -> cnn_status {
  makeNetwork(weights, batch, threads, network, error) { () throws(CallFailure) in
    let text = try required(text, "text")
    let name = try required(text: name, "name")
    let bytes = UnsafeRawBufferPointer(start: text, count: cTextLength(text))
    return try failing { () throws(Diagnostics) in try Model(bytes: Array(bytes), name: name) }
  }
}

private func makeNetwork(
  _ weights: UnsafePointer<CChar>?, _ batch: CInt, _ threads: CInt,
  _ network: UnsafeMutablePointer<OpaquePointer?>?, _ error: ErrorText?,
  model: () throws(CallFailure) -> Model
) -> cnn_status {
  network?.pointee = nil
  return report(to: error) { () throws(CallFailure) in
    let network = try required(network, "network")
    let weights = try required(text: weights, "weights")
    let model = try model()
    let handle = try failing { () throws(Diagnostics) in
      try NetworkHandle(model, weights: weights, batch: Int(batch), threads: Int(threads))
    }
    network.pointee = retained(handle)
  }
}

@_cdecl("cnn_network_free")
public func networkFree(_ network: OpaquePointer?) { release(network, as: NetworkHandle.self) }

/// The network's handle, or nil for NULL.
private func known(_ network: OpaquePointer?) -> NetworkHandle? {
  network.map { handle($0, as: NetworkHandle.self) }
}

@_cdecl("cnn_network_name")
public func networkName(_ network: OpaquePointer?) -> UnsafePointer<CChar>? { known(network)?.name.pointer }

@_cdecl("cnn_network_input_count")
public func networkInputCount(_ network: OpaquePointer?) -> Int { known(network)?.inputs.count ?? 0 }

@_cdecl("cnn_network_output_count")
public func networkOutputCount(_ network: OpaquePointer?) -> Int { known(network)?.outputs.count ?? 0 }

@_cdecl("cnn_network_input")
public func networkInput(
  _ network: OpaquePointer?, _ index: Int, _ tensor: UnsafeMutablePointer<cnn_tensor>?, _ error: ErrorText?
) -> cnn_status {
  describe(network, index, tensor, error, "input", of: \.inputs)
}

@_cdecl("cnn_network_output")
public func networkOutput(
  _ network: OpaquePointer?, _ index: Int, _ tensor: UnsafeMutablePointer<cnn_tensor>?, _ error: ErrorText?
) -> cnn_status {
  describe(network, index, tensor, error, "output", of: \.outputs)
}

private func describe(
  _ network: OpaquePointer?, _ index: Int, _ tensor: UnsafeMutablePointer<cnn_tensor>?, _ error: ErrorText?,
  _ kind: String, of all: (NetworkHandle) -> [(tensor: TensorDescription, name: CText)]
) -> cnn_status {
  tensor?.pointee = cnn_tensor()
  return report(to: error) { () throws(CallFailure) in
    let network = try required(known(network), "network")
    let tensor = try required(tensor, "tensor")
    let (description, name) = try element(index, of: all(network), kind)
    let shape = description.shape
    tensor.pointee = cnn_tensor(
      name: name.pointer, shape: (shape[0], shape[1], shape[2], shape[3]), count: description.count)
  }
}

@_cdecl("cnn_network_class_count")
public func networkClassCount(_ network: OpaquePointer?) -> Int { known(network)?.classes.count ?? 0 }

@_cdecl("cnn_network_class")
public func networkClass(_ network: OpaquePointer?, _ index: Int) -> UnsafePointer<CChar>? {
  guard let classes = known(network)?.classes, classes.indices.contains(index) else { return nil }
  return classes[index].pointer
}

@_cdecl("cnn_network_read_image")
public func networkReadImage(
  _ network: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ input: UnsafeMutablePointer<Float>?,
  _ count: Int, _ error: ErrorText?
) -> cnn_status {
  readInput(network, input, count, error) { (model) throws(CallFailure) in
    let path = try required(text: path, "path")
    return try failing { () throws(Diagnostics) in try model.input(fromImageAt: path) }
  }
}

@_cdecl("cnn_network_read_pixels")
public func networkReadPixels(
  _ network: OpaquePointer?, _ pixels: UnsafePointer<UInt8>?, _ height: Int, _ width: Int, _ channels: Int,
  _ input: UnsafeMutablePointer<Float>?, _ count: Int, _ error: ErrorText?
) -> cnn_status {
  readInput(network, input, count, error) { (model) throws(CallFailure) in
    let pixels = try required(pixels, "pixels")
    let size = try pixelCount(height, width, channels)
    let bytes = Array(UnsafeBufferPointer(start: pixels, count: size))
    return try failing { () throws(Diagnostics) in
      try model.input(fromPixels: bytes, height: height, width: width, channels: channels)
    }
  }
}

private func readInput(
  _ network: OpaquePointer?, _ input: UnsafeMutablePointer<Float>?, _ count: Int, _ error: ErrorText?,
  read: (Model) throws(CallFailure) -> [Float]
) -> cnn_status {
  report(to: error) { () throws(CallFailure) in
    let network = try required(known(network), "network")
    let input = try required(input, "input")
    guard count == network.imageCount else {
      let sizes = network.model.inputShape.map(String.init).joined(separator: "x")
      throw .argument(
        "an image is \(network.imageCount) numbers, \(sizes) (channels x height x width); "
          + "found \(UInt(bitPattern: count))")
    }
    let numbers = try read(network.model)
    input.update(from: numbers, count: numbers.count)
  }
}

/// Bytes of an image that C says the sizes of: it is read only if they can be.
private func pixelCount(_ height: Int, _ width: Int, _ channels: Int) throws(CallFailure) -> Int {
  let (row, rowOverflow) = width.multipliedReportingOverflow(by: channels)
  let (count, overflow) = height.multipliedReportingOverflow(by: row)
  guard height > 0, width > 0, channels == 1 || channels == 3, !rowOverflow, !overflow, count <= 1 << 31
  else {
    let sizes = [height, width, channels].map { String(UInt(bitPattern: $0)) }.joined(separator: "x")
    throw .argument(
      "no image is \(sizes) (height x width x channels)", help: ["1 channel (gray) or 3 (red, green, blue)"])
  }
  return count
}
