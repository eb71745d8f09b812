import CNNSpec
import Testing

@testable import CNNImages

@Suite struct NumPyHeaderTests {
  private func header(_ text: String, version: UInt8 = 1) throws -> NumPyHeader {
    let count = text.utf8.count
    var length = [UInt8(count & 0xFF), UInt8(count >> 8 & 0xFF)]
    if version > 1 { length += [UInt8(count >> 16 & 0xFF), UInt8(count >> 24 & 0xFF)] }
    return try NumPyHeader(decoding: NumPyArray.magic + [version, 0] + length + Array(text.utf8), name: "x")
  }

  @Test func readsPythonsSpellings() throws {
    let spellings = [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 10), }\n",
      "{\"shape\":(2,10),\"fortran_order\":False,\"descr\":\"<f4\"}",
      "  { 'shape' : ( 2L , 10L , ) , 'descr' : '<f4' , 'fortran_order' : False }  ",
    ]
    for text in spellings {
      let header = try header(text, version: 2)
      #expect(header.descr == "<f4" && header.shape == [2, 10] && !header.isFortranOrder)
      #expect(header.size == 12 + text.utf8.count)
    }
    #expect(try header("{'descr': 'x', 'fortran_order': True, 'shape': ()}").shape == [])
  }

  @Test(arguments: [
    "", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4', 'descr': '<f4'}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -1)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}",
    "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3)}", "{'descr': [[[, 'shape': (", "{'descr: ",
    "\0\0\0",
  ])
  func refusesDamage(text: String) {
    let error = finding { try header(text) }
    #expect(error?.message.hasPrefix("the .npy header is damaged at byte ") == true)
  }

  @Test func boundsTheHeader() {
    let bytes = NumPyArray.magic + [2, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7B]
    let message = "the .npy header says it has 4294967295 bytes; at most 65536 can be read"
    #expect(finding { try NumPyHeader(decoding: bytes, name: "x") }?.message == message)
    let version = NumPyArray.magic + [4, 0, 0, 0]
    let expected = "expected version 1, 2 or 3 of the .npy format, found 4.0"
    #expect(finding { try NumPyHeader(decoding: version, name: "x") }?.message == expected)
  }

  @Test func refusesShapesThatOverflow() {
    let shape = [1 << 62, 4, 4]
    let bytes = NumPyHeader.encode(descr: "<f4", shape: shape)
    #expect(
      finding { try NumPyArray(decoding: bytes, name: "x") }?.message == "the shape \(shape) is too large")
  }

  @Test func alignsTheValues() throws {
    for shape in [[], [3], [1, 28, 28], [123_456_789, 123_456_789, 123_456_789, 12, 34, 56, 78]] {
      let bytes = NumPyHeader.encode(descr: "<f4", shape: shape)
      #expect(bytes.count % 64 == 0)
      #expect(try NumPyHeader(decoding: bytes, name: "x").shape == shape)
    }
  }
}
