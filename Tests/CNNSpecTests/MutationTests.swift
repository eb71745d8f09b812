import CNNSpec
import CNNTestSupport
import Testing

/// The shipped specs with mistakes in them, by chance but the same ones every time: whatever is wrong, it is
/// told, with places inside of the text.
struct MutationTests {
  static func shipped() throws -> [(name: String, bytes: [UInt8])] {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return try FileSystem.names(in: root + "/specs").filter { $0.hasSuffix(".yaml") }
      .map { ($0, try FileSystem.read(root + "/specs/" + $0)) }
  }

  static func mutated(_ original: [UInt8], _ chance: inout SeededNumbers) -> [UInt8] {
    var bytes = original
    let telling = Array("[](){}*?-,:@&'\"|>\n\t #!%=+/.019xN\\\u{e9}".utf8)
    for _ in 0..<Int.random(in: 1...4, using: &chance) {
      guard !bytes.isEmpty else { return bytes }
      let at = Int.random(in: bytes.indices, using: &chance)
      let line =
        (bytes[..<at].lastIndex(of: 0x0A) ?? -1) + 1..<(bytes[at...].firstIndex(of: 0x0A) ?? bytes.count - 1)
        + 1
      switch Int.random(in: 0..<7, using: &chance) {
      case 0: bytes[at] = telling.randomElement(using: &chance)!
      case 1: bytes[at] = UInt8.random(in: 0...255, using: &chance)
      case 2: bytes.insert(telling.randomElement(using: &chance)!, at: at)
      case 3: bytes.remove(at: at)
      case 4: bytes.insert(contentsOf: bytes[line], at: line.lowerBound)
      case 5: bytes.removeSubrange(line)
      default: bytes.removeSubrange(at..<min(bytes.count, at + 5))
      }
    }
    return bytes
  }

  @Test func `the shipped specs have nothing wrong`() throws {
    for (name, bytes) in try Self.shipped() {
      let result = Reading(bytes)
      // A family's members are expanded one by one.
      if result.spec.map({ Family($0).axes.isEmpty }) ?? true {
        #expect(result.findings.isEmpty, "\(name)\n\(result.text)")
      }
    }
  }

  @Test func `mistakes are told inside of the text`() throws {
    var chance = SeededNumbers(seed: 1)
    let specs = try Self.shipped()
    let clock = ContinuousClock()
    let end = clock.now + .seconds(2)
    for _ in 0..<3000 where clock.now < end {
      let (name, bytes) = specs.randomElement(using: &chance)!
      let text = Self.mutated(bytes, &chance)
      let result = Reading(text)
      for finding in result.findings { HostileSpecTests.check(finding) }
      if result.spec == nil || result.layers.contains("no result, and no error") {
        #expect(!result.findings.isEmpty, "\(name): \(String(decoding: text, as: UTF8.self))")
      }
    }
  }
}
