// Explanations of what can be wrong with patterns, `where`, labels, blocks and families.

extension Explanation {
  static let patternSyntax = Explanation(
    """
    A pattern cannot be read. Steps are joined by `-` or `,`; a step is a layer
    (`conv`, `conv:label`, `conv(16, 3, pad=1)`), a group in `( )` or `[ ]`, or a
    label's value (`@label`); `*3` or `*N` behind a step repeats it, `?` makes it
    optional. Arguments by position come before those by name.
    """,
    spec: """
      input: 3x32x32
      network: conv(16, 3) relu
      """,
    says: "`-`, `,` or the end should stand here, not `relu`",
    remedy: """
      Write what the message expects: `conv(16, 3) - relu`. `add`, `concat` and
      `multiply` have branches, which a pattern cannot hold; they are steps of a
      list: `- add: ["conv(16, 3, pad=1)", identity]`.
      """)

  static let unknownKind = Explanation(
    """
    A pattern uses a word that is neither a kind of layer nor a block of the
    spec. Capitals do not matter for kinds; for blocks they do.
    """,
    spec: """
      input: 3x32x32
      network: conv(16, 3) - rleu
      """,
    says: "there is no kind of layer `rleu`",
    remedy: """
      `cnnc kinds` lists all kinds with their arguments. A name of your own is a
      label and follows the kind: `fc:scores(10)`, not `scores(10)`.
      """)

  static let unknownArgument = Explanation(
    """
    A layer or a block is given an argument that it does not have, or more of
    them than it has.
    """,
    spec: """
      input: 3x32x32
      network: conv(16, 3, padding=1) - relu
      """,
    says: "`conv` has no argument `padding`",
    remedy: """
      `cnnc kinds conv` lists the arguments in the order in which they may stand
      without a name. Here it is `pad=1`.
      """)

  static let duplicateArgument = Explanation(
    """
    An argument is given twice: by its position and by its name, or by its name
    twice.
    """,
    spec: """
      input: 3x32x32
      network: conv(16, 3, kernel=5) - relu
      """,
    says: "`kernel` is given twice",
    remedy: """
      Keep one. The second number of a conv is its kernel: `conv(16, 5)` and
      `conv(16, kernel=5)` say the same. (An argument in the pattern and again in
      `where` is no mistake: what the pattern says wins.)
      """)

  static let missingArgument = Explanation(
    """
    An argument that has no default is given nowhere: not in the pattern, not in
    `where` for the layer's label, and not in `where` for its kind.
    """,
    spec: """
      input: 3x32x32
      network: conv(16) - relu
      """,
    says: "`conv` needs `kernel`",
    remedy: """
      Write `conv(16, 3)`, or for all layers at once `where: {conv: {kernel: 3}}`.
      Such an entry is for layers written with that very word: one for `POOL`
      does not reach a layer written `maxpool`.
      """)

  static let invalidValue = Explanation(
    """
    A value is outside of what its argument or key allows: a stride of 0, a word
    where a number belongs, an optimizer that does not exist.
    """,
    spec: """
      input: 3x32x32
      network: conv(16, 3, stride=0) - relu
      """,
    says: "`stride` of `conv1` is an integer from 1, not 0",
    remedy: """
      The message says what the value may be. Sizes are written `3` or `3x5`
      (height x width), yes-or-no values `yes` and `no`, a pad that the checker
      chooses `fit` or `"?"`, in quotes where it stands alone in YAML.
      """)

  static let unknownName = Explanation(
    """
    A count, an expression or a `?` uses a name that nothing defines: no entry
    of `where`, no parameter of the block, and none of `channels`, `height` and
    `width`. The spec's `where` does not enter blocks; they have their own.
    """,
    spec: """
      input: 3x32x32
      network: (conv(16, 3) - relu)*N
      """,
    says: "nothing is named `N` here",
    remedy: "Give it a value: `where: {N: 2}`, or make it a parameter of the block.")

  static let notWhole = Explanation(
    """
    An expression that gives a number of filters, pixels or repeats does not
    come out whole. Divisions are exact, never rounded in silence.
    """,
    spec: """
      input: 3x32x32
      network: conv(16, 3) - conv(channels/3, 3)
      """,
    says: "`filters` of `conv2` is an integer from 1, not 16/3",
    remedy: "Choose numbers that divide each other: `conv(15, 3) - conv(channels/3, 3)`.")

  static let listLength = Explanation(
    """
    A list in `where` gives one value for each turn of a repeat: a flat list for
    the outermost repeat round the layer, a nested one for the outermost and the
    next. Its length is not the repeat's count, or no repeat stands there.
    """,
    spec: """
      input: 3x32x32
      network: (CONV-RELU)*3
      where: {CONV: {kernel: 3, filters: [16, 32]}}
      """,
    says: "`filters` lists 2 values, but the repeat round it has 3 turns",
    remedy: "List three values, `filters: [16, 32, 64]`, or repeat twice.")

  static let unusedWhere = Explanation(
    """
    Nothing in the network uses this entry of `where`: no layer has that kind or
    label, no count or expression that name. Most often it is mistyped.
    """,
    spec: """
      input: 3x32x32
      network: (conv(16, 3) - relu)*2
      where: {M: 3}
      """,
    says: "nothing in the network is named `M`",
    remedy: """
      Correct the name or take the entry out. An entry is found by the word that
      the pattern uses: `POOL: 2` needs a layer written `pool`, not `maxpool`.
      """)

  static let labelCollision = Explanation(
    """
    Two layers have the same name, or `outputs` lists one twice. Names are the
    labels, and for layers without one the kind with its ordinal: `conv1`, `conv2`.
    Weights are stored by name, so each must be unique.
    """,
    spec: """
      input: 3x32x32
      network: conv:a(16, 3) - conv:a(16, 3)
      """,
    says: "the name `a` is taken already, in line 2",
    remedy: """
      Choose another label. Inside a repeat nothing collides: a label becomes
      `a.0`, `a.1`, ... there.
      """)

  static let unknownLabel = Explanation(
    """
    `@label`, `outputs` or `--outputs` names a layer that is not there.
    """,
    spec: """
      input: 3x32x32
      network:
        - conv:first(16, 3, pad=1)
        - add: ["conv(16, 3, pad=1)", "@frist"]
      """,
    says: "nothing is labelled `frist`",
    remedy: """
      Correct the name; `cnnc check` lists all layers. The label of a repeat's
      layer is seen plainly inside the same turn (`@a`) and with the turn's
      number from outside (`@a.0` is the first). A block sees its own labels, then
      those of its caller.
      """)

  static let labelCycle = Explanation(
    """
    `@label` stands before the layer that bears it. A value can be used only
    behind its layer: a network has no cycles.
    """,
    spec: """
      input: 3x32x32
      network:
        - add: ["conv(3, 1)", "@later"]
        - conv:later(3, 1)
      """,
    says: "`@later` is computed only later, in line 4: this would be a cycle",
    remedy: "Move the layer in front of what uses it, or use another label.")

  static let recursiveBlock = Explanation(
    """
    A block calls itself, directly or through other blocks, and so would never
    end.
    """,
    spec: """
      input: 3x32x32
      network: twice
      blocks:
        twice:
          network: conv(3, 3, pad=1) - twice
      """,
    says: "the block `twice` calls itself: twice -> twice",
    remedy: """
      Repeat instead: `network: twice*2`, where the block holds one turn. The
      message shows the way round through other blocks.
      """)

  static let layerLimit = Explanation(
    """
    With all repeats written out and all blocks called, the network has more
    than 10,000 layers, or takes more than 100,000 steps to write out. With
    `input: 3x?x?` it can also be that too many layers would have to be tried at
    too many sizes.
    """,
    spec: """
      input: 3x32x32
      network: relu*20000
      """,
    says: "the network grows past 10000 layers here",
    remedy: "Make the counts smaller. Repeats in repeats multiply: `(relu*200)*200`.")

  static let familyLimit = Explanation(
    """
    Ranges in `where` (`N: 1..3`) make a family: one network for each choice of
    values, and the numbers of choices multiply. A family has at most 10,000
    members, which together have at most 2,000,000 layers.
    """,
    spec: """
      input: 3x32x32
      network: conv(filters, 3) - relu*N
      where: {N: 1..200, filters: 1..200}
      """,
    says: "the family has more than 10000 members",
    remedy: "Make the ranges shorter, or fix one: `cnnc check SPEC --where N=2`.")

  static let chooseMember = Explanation(
    """
    The spec asks a question, a range in `where` or a `?` in `input`, and so is
    a family of networks. `cnnc check` answers for all of them; the other
    commands work on one, which has to be chosen. The code also stands where
    `--where` sets what the spec does not have, or a value outside of its range.
    """,
    spec: """
      name: tower
      input: 3x32x32
      network: (conv(16, 3) - relu)*N
      where: {N: 1..3}
      """,
    says: "`tower` is a family of 3 networks: choose one",
    remedy: """
      Choose with `--where N=2`; for a size, write it into the spec. `cnnc check`
      says which of them fit.
      """)
}
