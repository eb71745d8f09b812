import CNNSpec
import Testing

struct BlockTests {
  static let twice = "blocks: {twice: {parameters: {n: required, k: 3}, network: '(conv(n, k)-relu)*2'}}"

  @Test func `a call's names are behind the call's own`() {
    #expect(
      layers("twice(4)-twice:s(8, 1)", Self.twice) == [
        "twice1.conv1 = conv(filters=4, kernel=3)", "twice1.relu1 = relu",
        "twice1.conv2 = conv(filters=4, kernel=3)", "twice1.relu2 = relu",
        "s.conv1 = conv(filters=8, kernel=1)", "s.relu1 = relu", "s.conv2 = conv(filters=8, kernel=1)",
        "s.relu2 = relu",
      ])
    #expect(layers("(twice:s(4))*2", Self.twice).last == "s.1.relu2 = relu")
    #expect(layers("TWICE(4)", Self.twice).first == "twice1.conv1 = conv(filters=4, kernel=3)")
  }

  @Test func `where gives a block its arguments, by its name or the call's label`() {
    #expect(
      layers("(twice)*2", "where: {twice: [1, 2]}\n" + Self.twice)[4]
        == "twice2.conv1 = conv(filters=2, kernel=3)")
    #expect(
      layers("twice:a-twice", "where: {TWICE: {n: 1, k: 5}, a: {n: 2}}\n" + Self.twice)[0]
        == "a.conv1 = conv(filters=2, kernel=5)")
  }

  @Test func `a default may use the parameters before it, a choice a parameter`() {
    let block = """
      blocks:
        b:
          parameters: {n: required, m: 4*n, deep: no, mode: same}
          network: conv(m, 3, pad=mode) - relu?deep
      """
    #expect(layers("b(2)", block) == ["b1.conv1 = conv(filters=8, kernel=3, pad=same)"])
    #expect(
      layers("b(2, 3, yes, 1x2)", block) == [
        "b1.conv1 = conv(filters=3, kernel=3, pad=1x2)", "b1.relu1 = relu",
      ])
  }

  @Test func `a block has a where of its own, and the spec's does not enter`() {
    let block = "blocks: {b: {where: {CONV: {filters: N, kernel: 1}, N: [1, 2]}, network: CONV*2}}"
    #expect(
      layers("b*2", block).map { $0.suffix(10) }
        == ["kernel=1)", "kernel=1)", "kernel=1)", "kernel=1)"].map { " " + $0 })
    #expect(
      reading("b-fc(N)", "where: {N: 3}\nblocks: {b: {network: 'conv(N, 1)'}}").messages
        == ["4:29: nothing is named `N` here"])
  }

  @Test func `labels as arguments, and a label of the block's own hides one outside`() {
    let unet = """
      network: conv:up(1, 1) - relu:e4 - relu - up(8, @e4) - up(4, @up)
      blocks:
        up:
          parameters: {filters: required, skip: required}
          network:
          - deconv:up(filters, 2, stride=2)
          - concat: ["@skip - crop(@up)", identity]
      """
    #expect(
      layers(yaml: unet).suffix(6) == [
        "up1.up = deconv(filters=8, kernel=2, stride=2)", "up1.crop1 = crop(size=@up1.up) < e4",
        "up1.concat1 = concat < up1.crop1, up1.up", "up2.up = deconv(filters=4, kernel=2, stride=2)",
        "up2.crop1 = crop(size=@up2.up) < up", "up2.concat1 = concat < up2.crop1, up2.up",
      ])
    // Hidden even before it is computed.
    #expect(
      reading("relu:a-b", "blocks: {b: {network: '@a-tanh:a'}}").messages
        == ["3:24: `@a` is computed only later, in line 3: this would be a cycle"])
    #expect(layers("relu:a-tanh-b", "blocks: {b: {network: '@a-elu'}}").last == "b1.elu1 = elu < a")
  }

  @Test func `a call's label is what it computes`() {
    #expect(layers("twice:s(4)-tanh-@s-elu", Self.twice).last == "elu1 < s.relu2")
    #expect(layers("twice(4)-tanh-@twice1-elu", Self.twice).last == "elu1 < twice1.relu2")
    #expect(layers("twice:s(4)*2-@s.0-elu", Self.twice).last == "elu1 < s.0.relu2")
  }

  @Test(arguments: [
    ("b", "b: {parameters: {n: required}, network: fc(n)}", "2:11: the block `b` needs `n`"),
    ("b(1, 2)", "b: {parameters: {n: required}, network: fc(n)}", "2:16: the block `b` takes 1: n"),
    ("b(m=1)", "b: {parameters: {n: 1}, network: fc(n)}", "2:13: the block `b` has no argument `m`"),
    ("b", "b: {network: relu-b}", "3:28: the block `b` calls itself: b -> b"),
    ("a", "a: {network: b}, b: {network: A}", "3:40: the block `A` calls itself: a -> b -> A"),
    (
      "b", "b: {parameters: {same: 1}, network: relu}", "3:27: the parameter `same` is a word of the language"
    ),
    (
      "b", "b: {parameters: {name: 1}, network: relu}", "3:27: the parameter `name` is a word of the language"
    ),
    ("relu", "conv: {network: relu}", "3:10: the block's name `conv` is a kind of layer"),
    (
      "b", "b: {network: relu}, B: {network: relu}",
      "3:30: `B` differs from the block in line 3 in the case of its letters only"
    ),
    ("b", "b: {netwrok: relu}", "3:14: a block has no key `netwrok`"),
    ("b:a-relu:a", "b: {network: relu}", "2:20: the name `a` is taken already, in line 2"),
    ("b:b2-b", "b: {network: relu-relu}", "2:16: the name `b2` is taken already, in line 2"),
    (
      "b(1)", "b: {parameters: {skip: required}, network: '@skip-relu'}",
      "3:54: `skip` is a parameter, but no label was given for it"
    ),
    (
      "b", "b: {where: {N: 1..2}, network: relu*N}",
      "3:25: a range makes a family, and stands in the spec's `where` only"
    ),
  ])
  func `what is wrong with a block`(pattern: String, blocks: String, message: String) {
    #expect(reading(pattern, "blocks: {\(blocks)}").messages.first == message)
  }
}
