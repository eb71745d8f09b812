import CNNSpec
import Foundation
import Testing

struct JSONValueTests {
  @Test(arguments: [
    "", "conv1", "a \"b\" \\ c", "\u{0}\u{1}\t\n\r\u{7F}", "Äpfel 😀", "\u{2028}", "</script>",
  ])
  func `a string is read back as it was`(text: String) throws {
    let written = JSONValue.object(["key": .string(text)]).text
    let read = try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: String]
    #expect(read == ["key": text], "\(written)")
  }

  @Test func `the order of keys is kept, and numbers are exact`() {
    let value = JSONValue.object([
      "b": .integers([1, -2]), "a": .shortest(8.0), "c": .number(0.1), "d": .number(.nan), "e": .bool(true),
      "f": .null,
    ])
    #expect(value.text == #"{"b": [1, -2], "a": 8, "c": 0.1, "d": null, "e": true, "f": null}"#)
  }
}
