import CNNDarknet
import CNNSpec
import Testing

struct ConfigurationTests {
  static let text = """
    [net]
    channels=3
    height=8
    width=8

    [convolutional]
    filters=4
    size=3
    pad=1
    activation=leaky

    [route]
    layers=-1,0

    [connected]
    output=5
    """

  @Test(arguments: [
    text + "\n", text.replacing("\n", with: "\r\n"), text.replacing("=", with: "\t = "),
    text.replacing("\n", with: "  \n\t"), "\u{FEFF}" + text, text.replacing("-1,0", with: "-1, 0"),
    text.replacing("\n[", with: "\n# a comment\n; [another]\n\n["),
    text.replacing("size=3", with: "size=3 # odd"),
    text.replacing("[net]", with: "[ network ]"), text.replacing("convolutional", with: "conv"),
    text.replacing("connected]", with: "conn] # the classifier"), text + "\nlearning_rate=2",
    text.replacing("pad=1", with: "pad=7"), text.replacing("filters=4", with: "filters=4\nfilters=9"),
  ])
  func `blanks, comments, other names and training change nothing`(text: String) throws {
    #expect(try DarknetFixtures.network(text).spec == DarknetFixtures.network(Self.text).spec)
  }

  @Test(arguments: [
    ("", "net.cfg: error[model-file]: expected `[net]`, found no section"),
    ("[conv]\nsize=1", "net.cfg:1:1: error[model-file]: expected `[net]`, found `[conv]`"),
    ("[net]\nwidth=1", "net.cfg:1:1: error[model-file]: expected layers behind `[net]`, found none"),
    ("width=1\n[net]", "net.cfg:1:1: error[model-file]: `width` is in no section"),
    ("[net]\n[conv", "net.cfg:2:1: error[model-file]: a section's name has no `]`"),
    ("[net]\n[conv] size=3", "net.cfg:2:8: error[model-file]: expected nothing behind a section's name"),
    (
      "[net]\n  size 3",
      "net.cfg:2:3: error[model-file]: expected a `[section]`, an option `key=value` or a comment"
    ),
    (
      "[net]\n=3",
      "net.cfg:2:1: error[model-file]: expected a `[section]`, an option `key=value` or a comment"
    ),
    ("[net]\nwidth =", "net.cfg:2:1: error[model-file]: `width` has no value"),
  ])
  func `a line that says nothing is pointed at`(text: String, says: String) {
    let error = #expect(throws: Diagnostics.self) { try DarknetFixtures.network(text) }
    #expect(error?.description.hasPrefix(says) == true, "\(error?.description ?? "")")
    #expect(error?.all.allSatisfy { !$0.help.isEmpty } == true)
  }

  @Test func `all lines that are wrong are told at once`() {
    let error = #expect(throws: Diagnostics.self) {
      try DarknetFixtures.network("[net]\nwidth\n[conv\nheight=\n")
    }
    #expect(error?.all.count == 3)
  }
}
