import CNNEmbedding
import Testing

struct ContentHashTests {
  // From the test vectors of draft-eastlake-fnv.
  @Test(arguments: [
    ("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8"),
  ]) func `the published values`(text: String, digits: String) {
    #expect(ContentHash(text).description == digits)
  }

  @Test func `pieces hash as the whole`() {
    var pieces = ContentHash()
    for values: [Float] in [[1, -0.5], [], [3e7]] { pieces.add(values) }
    var whole = ContentHash()
    whole.add([1, -0.5, 3e7])
    #expect(pieces == whole)
    #expect(pieces != ContentHash())
  }
}
