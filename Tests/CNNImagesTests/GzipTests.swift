import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

@Suite struct GzipTests {
  private let text = Array("twenty-six letters at most".utf8)

  @Test func inflates() throws {
    let output = try Gzip.inflate(Make.gzip(text), limit: 1000, name: "x")
    #expect(output.bytes == text && output.isComplete)
  }

  @Test func stopsAtTheLimit() throws {
    let output = try Gzip.inflate(Make.gzip(text), limit: 6, name: "x")
    #expect(output.bytes == Array("twenty".utf8) && !output.isComplete)
    let bomb = try Fixtures.bytes("idx/bomb.idx.gz")
    #expect(bomb.count < 10_000, "8 MB in little")
    #expect(try Gzip.inflate(bomb, limit: 1000, name: "x").bytes.count == 1000)
    #expect(
      try Gzip.inflate(bomb, limit: 1 << 40, name: "x").bytes.count == 16 + 1 << 23, "no huge allocation")
  }

  @Test func readsMembersAndPadding() throws {
    let two = try Gzip.inflate(Make.gzip(text) + Make.gzip(text) + [0, 0, 0], limit: 1000, name: "x")
    #expect(two.bytes == text + text && two.isComplete)
    #expect(finding { try Gzip.inflate(Make.gzip(text) + [1, 2, 3], limit: 1000, name: "x") } != nil)
  }

  @Test func survivesTruncationAndDamage() throws {
    let bytes = Make.gzip(text)
    let failures = try failuresOfPrefixes(bytes) { try Gzip.inflate($0, limit: 1000, name: "x") }
    #expect(failures == bytes.count)
    try damageEachByte(bytes) { try Gzip.inflate($0, limit: 1000, name: "x") }
    let message = "the gzip stream is truncated: it ends after 26 bytes"
    #expect(
      finding { try Gzip.inflate(Array(bytes.dropLast(1)), limit: 1000, name: "x") }?.message == message)
    var wrong = bytes
    wrong[bytes.count - 8] ^= 1
    let damaged = finding { try Gzip.inflate(wrong, limit: 1000, name: "x") }
    #expect(damaged?.message.hasPrefix("the gzip stream is damaged") == true, "the checksum is checked")
  }
}
