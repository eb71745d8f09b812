import CNNSpec
import Testing

struct JSONReaderTests {
  @Test func `the same language as YAML`() {
    let json = """
      {"input": "3x8x8", "network": ["conv(8, 3)", {"add": ["relu", "identity"]}, {"repeat": 2, "network": "fc"}],
       "where": {"FC": {"units": [1, 2], "bias": false}}, "classes": ["a\\u00e9\\ud83d\\ude00\\n"], "name": "a"}
      """
    let result = reading(yaml: json)
    #expect(result.findings.isEmpty)
    #expect(result.layers.suffix(2) == ["fc1 = fc(units=1, bias=no)", "fc2 = fc(units=2, bias=no)"])
    guard case .labels(let labels, _) = result.spec?.classes else { return #expect(Bool(false)) }
    #expect(labels == ["aé😀\n"])
  }

  @Test(arguments: [
    ("{", "1:2: a key in double quotes should be here"), ("{\"a\"}", "1:5: `:` should be here"),
    ("{\"a\": }", "1:7: a value should be here"),
    ("{\"a\": 1,}", "1:9: a key in double quotes should be here"),
    ("{\"a\": [1 2]}", "1:10: `,` or `]` should be here"),
    ("{\"a\": 1} 2", "1:10: something follows the value"),
    ("{\"a\": \"b", "1:9: the text ends inside a string"),
    ("{\"a\": \"\\q\"}", "1:8: this is no escape that JSON knows"),
    ("{\"a\": \"\\ud800\"}", "1:8: half of a surrogate pair stands alone"),
    ("{\"a\": \"\\ude00\"}", "1:8: half of a surrogate pair stands alone"),
    ("{\"a\": \"\\u12\"}", "1:8: this is no escape that JSON knows"),
    ("{\"a\": \"\n\"}", "1:8: a control character stands in a string"),
    ("{\"a\": yes}", "1:7: a value should be here"),
    ("{\"a\": nul}", "1:7: a value should be here"),
    ("{\"a\": 1, \"a\": 2}", "1:10: `a` is there already, in line 1"),
  ])
  func `what is no JSON`(text: String, message: String) {
    #expect(reading(yaml: text).messages.first { !$0.contains("no key") } == message)
  }

  @Test func `keys of any length`() {
    let key = String(repeating: "k", count: 2000)
    #expect(reading(yaml: "{\"\(key)\": 1}").findings.map(\.code) == [.unknownKey, .missingKey, .missingKey])
  }

  @Test func `control characters of the text do not reach the terminal`() {
    let text = reading(yaml: "{\"input\": \"1x1x1\", \"network\": \"\\u001b[31m\"}").text
    #expect(text.contains("`\u{FFFD}` has no meaning in a pattern"))
  }
}
