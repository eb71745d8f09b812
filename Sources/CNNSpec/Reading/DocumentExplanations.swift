// Explanations of what can be wrong with a spec's file and its keys.

extension Explanation {
  static let unreadableFile = Explanation(
    """
    A file that was named cannot be opened: it is not there, it is a directory,
    or its permissions forbid it. A path is taken relative to the directory in
    which cnnc was started; a class file, relative to the spec that names it.
    """,
    remedy: """
      Check the path with `ls -l PATH`. A spec that cnnc ships is named without
      folder and extension: `cnnc check lenet5`. With no file of that name, the
      message lists the shipped ones.
      """)

  static let fileTooLarge = Explanation(
    """
    A file is larger than its kind may be. A spec may have 16 MiB; even a
    network of a thousand layers, each written out, takes less than 100 KiB, so
    that a larger one is most often another kind of file.
    """,
    remedy: """
      Check that the right file was named: weights go to `--weights`, images to
      `--input`. A spec that a program wrote gets shorter with repeats
      (`(conv(64, 3, pad=1) - relu)*50`) and with blocks.
      """)

  static let invalidUTF8 = Explanation(
    """
    The spec is not UTF-8 text: a byte sequence is malformed, or a control
    character stands in it. The place is that of the first such byte. Most often
    the file is no spec at all (weights, an image), or an editor saved it as
    UTF-16 or Latin-1.
    """,
    remedy: """
      `file SPEC` tells what it is; `iconv -f LATIN1 -t UTF-8 SPEC` converts it.
      """)

  static let emptySpec = Explanation(
    """
    The file holds nothing, or comments only.
    """,
    spec: """
      # A network for CIFAR-10
      """,
    says: "the file is empty",
    remedy: """
      Two keys make a spec, the shape of one image and the network:

          input: 3x32x32
          network: conv(16, 3, pad=1) - relu - fc(10) - softmax
      """)

  static let yamlSyntax = Explanation(
    """
    The file is not YAML. In specs the reason is most often a pattern that YAML
    takes for its own: one that starts with `[` or `@`, or one with commas
    inside a list in brackets.
    """,
    spec: """
      input: 3x32x32
      network: [(conv(16, 3, pad=1)-relu)*2-maxpool(2)]*3-fc(10)
      """,
    says: """
      while scanning an alias: did not find expected alphabetic or numeric
      character
      """,
    remedy: """
      Quote the pattern: `network: "[(conv(16, 3, pad=1)-relu)*2-...]*3-fc(10)"`.
      If that is not it: mappings want a space behind the colon and the same
      indentation for all keys, tabs do not indent, and every `[`, `{` and quote
      is closed again. The place is where YAML gave up, at or behind the mistake.
      """)

  static let jsonSyntax = Explanation(
    """
    The first character of the file is `{`, so that it is read as JSON, and it
    is not well-formed JSON.
    """,
    spec: """
      {"input": "3x32x32", "network": "conv(16, 3) - relu",}
      """,
    says: "a key in double quotes should be here",
    remedy: """
      Keys and texts take double quotes, the last member no comma, and there are
      no comments. For a spec in YAML, begin with a key instead of `{`.
      """)

  static let nestingTooDeep = Explanation(
    """
    Lists, mappings and parentheses stand in each other more than 100 deep, an
    expression has more than 1,000 operations, or blocks call blocks more than
    100 deep. The limit is there so that no spec, however strange, can exhaust
    the memory of the machine that reads it.
    """,
    remedy: """
      Give the inner part a name under `blocks` and call it; repeat with `*N`
      instead of writing parentheses in parentheses.
      """)

  static let aliasLimit = Explanation(
    """
    YAML's aliases (`*name`) stand for more than 100,000 values in all. A few
    lines of aliases of aliases can stand for billions, so they are counted.
    """,
    spec: """
      input: 1x8x8
      network: relu
      where:
        a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
        b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
        d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
        e: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
      """,
    says: "the aliases stand for more than 100000 values",
    remedy: """
      What occurs often is said with a repeat (`*N`) or with a block.
      """)

  static let duplicateKey = Explanation(
    """
    A mapping has the same key twice. YAML itself would let the last one win in
    silence, which hides mistakes.
    """,
    spec: """
      input: 3x32x32
      network: conv(16, 3) - relu
      input: 3x64x64
      """,
    says: "`input` is there already, in line 1",
    remedy: "Keep one of the two.")

  static let unknownKey = Explanation(
    """
    A mapping has a key that means nothing there. Unknown keys are errors, since
    one that is skipped in silence is most often a mistyped one.
    """,
    spec: """
      input: 3x32x32
      network: conv(16, 3) - relu
      rouding: floor
      """,
    says: "a spec has no key `rouding`",
    remedy: """
      Take the key that the help line proposes. A spec has the keys `cnnc`,
      `name`, `input`, `network`, `where`, `blocks`, `rounding`, `outputs`,
      `classes`, `preprocess` and `train`; `cnnc schema` describes all of them to
      an editor, which then completes and checks them as you write.
      """)

  static let missingKey = Explanation(
    """
    A key that cannot be left out is not there, or a list of steps is empty. A
    spec needs `input` and `network`, a block or a repeat `network`, and an
    `input` that is a mapping `channels`, `height` and `width`.
    """,
    spec: """
      network: conv(16, 3) - relu
      """,
    says: "a spec needs the key `input`",
    remedy: "Write it: `input: 3x32x32` is channels x height x width of one image.")

  static let wrongType = Explanation(
    """
    A value has the wrong form: a list where a mapping belongs, a mapping where
    a text does.
    """,
    spec: """
      input: 3x32x32
      network: (CONV-RELU)*2
      where: [2, 3]
      """,
    says: "`where` is a mapping from names to what they stand for, not a list",
    remedy: """
      Write `where: {CONV: {filters: 16, kernel: 3}}`. In a list of steps, each
      starts with `- ` and is a pattern or a mapping with one key; the arguments
      of a long form stand one level deeper: `- conv: {filters: 16, kernel: 3}`.
      """)

  static let unsupportedVersion = Explanation(
    """
    The key `cnnc` gives the version of the language in which the spec is
    written, and this program does not know that version.
    """,
    spec: """
      cnnc: 2
      input: 3x32x32
      network: conv(16, 3) - relu
      """,
    says: "this program knows version 1 of the language, not 2",
    remedy: "Use a newer cnnc, or write `cnnc: 1` if the spec uses nothing newer.")

  static let invalidName = Explanation(
    """
    A name breaks the rules: letters, digits and `_` with a letter first, in the
    spec's `name` also `-`. A block may not bear the name of a kind of layer, nor
    a parameter that of a word of the language (`channels`, `same`, `relu`),
    since a pattern could not tell them apart.
    """,
    spec: """
      name: my net
      input: 3x32x32
      network: conv(16, 3) - relu
      """,
    says: "a name is letters, digits, `_` and `-`, a letter first, not `my net`",
    remedy: "Write `name: my-net`; rename a parameter `same` to, say, `same_size`.")
}
