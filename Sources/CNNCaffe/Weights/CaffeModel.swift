import CNNImport
import CNNProtobuf
import CNNSpec

/// The weights of a `.caffemodel`, by the names of their layers; the numbers are still in the file, which is mapped.
package struct CaffeModel: Sendable {
  package let path: String
  /// The last layer of a name counts, as in Caffe.
  private var layers: [String: [BlobProto]] = [:]

  package func blobs(of layer: String) -> [BlobProto]? { layers[layer] }

  /// - Throws: `unreadable-file` where there is none, `model-file` where it is no caffemodel.
  package init(path: String) throws(Diagnostics) {
    try self.init(ByteSlice(mapping: path, expected: "a caffemodel"), path)
  }

  /// A file that is in memory.
  package init(bytes: [UInt8], name: String) throws(Diagnostics) { try self.init(ByteSlice(bytes), name) }

  private init(_ bytes: ByteSlice, _ path: String) throws(Diagnostics) {
    self.path = path
    do throws(ProtobufReader.Failure) {
      try read(ProtobufReader(bytes))
    } catch {
      throw Self.bad(
        path, "the file is not what the format says: \(error.reason) at byte \(error.offset)",
        help: "is this a caffemodel, and whole?")
    }
    guard !layers.isEmpty else {
      throw Self.bad(
        path, "expected a caffemodel, found no layers in it",
        help: "the weights are in the `.caffemodel`, not in a `.solverstate` or a prototxt")
    }
  }

  private static func bad(_ path: String, _ message: String, help: String...) -> Diagnostics {
    Diagnostics(Diagnostic(.modelFile, message, at: .file(path), help: help))
  }

  /// The numbers of the fields that are read of a layer.
  private struct LayerFields {
    var name: Int
    var blobs: Int
  }

  /// `layer` of the newer form, `layers` of the older one; another one inside that is the first form's.
  private mutating func read(_ reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 100: try readLayer(field, LayerFields(name: 1, blobs: 7))
      case 2: try readLayer(field, LayerFields(name: 4, blobs: 6))
      default: break
      }
    }
  }

  private mutating func readLayer(
    _ field: ProtobufField, _ numbers: LayerFields
  ) throws(ProtobufReader.Failure) {
    var reader = try field.message()
    var name = ""
    var blobs: [BlobProto] = []
    while let field = try reader.next() {
      switch field.number {
      case numbers.name: name = try field.string()
      case numbers.blobs: blobs.append(try BlobProto(field.message()))
      default: break
      }
    }
    layers[name] = blobs
  }
}
