import CNNSpec
import Testing

struct NearestTests {
  @Test(arguments: [
    ("covn", "conv"), ("con", "conv"), ("convv", "conv"), ("CONV", "conv"), ("rleu", "relu"), ("bm", "bn"),
    ("maxpol", "maxpool"), ("kernal", nil), ("x", nil), ("zzzz", nil), ("", nil),
  ])
  func `the nearest of few`(word: String, match: String?) {
    #expect(Nearest.match(word, among: ["conv", "relu", "bn", "maxpool", "y"]) == match)
  }

  @Test func `help lists what there is where nothing is near`() {
    #expect(Nearest.help("zzzz", among: ["a", "b"]) == ["one of `a`, `b`"])
    #expect(Nearest.help("aaa", among: [String]()) == [])
    #expect(Nearest.help("zzzz", among: (0..<31).map(String.init)) == [])
    #expect(Nearest.help("N", among: ["n", "N"]) == ["did you mean `n`?"], "the first of equals")
  }
}
