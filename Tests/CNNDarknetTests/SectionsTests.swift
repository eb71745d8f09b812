import CNNDarknet
import CNNImport
import CNNSpec
import Testing

struct SectionsTests {
  static let net = "[net]\nchannels=4\nheight=8\nwidth=8\n"

  @Test(arguments: [
    ("[conv]\nfilters=6\nsize=3\nstride=2\npad=1\nactivation=relu", ["conv(6, 3x3, stride=2, pad=1) - relu"]),
    ("[conv]\nactivation=linear", ["conv(1, 1x1)"]), ("[conv]", ["conv(1, 1x1) - sigmoid"]),
    (
      "[conv]\nsize=5\npadding=1\nbatch_normalize=1\nactivation=swish",
      ["conv(1, 5x5, pad=1, bias=no) - bn(eps=1e-12, momentum=0.01) - silu"]
    ),
    ("[conv]\nfilters=6\ngroups=2\nactivation=elu", ["conv(6, 1x1, groups=2) - elu"]),
    (
      "[conv]\nfilters=8\nsize=3\npad=1\ngroups=4\nactivation=relu6",
      ["depthwise(3x3, pad=1, multiplier=2) - relu6"]
    ),
    (
      "[deconv]\nfilters=3\nsize=4\nstride=2\npadding=1\nactivation=tanh",
      ["deconv(3, 4x4, stride=2, pad=1) - tanh"]
    ),
    ("[max]\nsize=2\nstride=2", ["maxpool(2x2)"]),
    ("[maxpool]\nsize=3\nstride=2", ["maxpool(3x3, stride=2, pad=1x0x1x0)"]),
    ("[maxpool]\nsize=2", ["maxpool(2x2, stride=1, pad=0x1x0x1)"]),
    ("[maxpool]\nstride=4", ["maxpool(4x4, pad=1x0x1x0)"]),
    ("[avg]", ["globalavgpool"]), ("[connected]\noutput=9\nactivation=relie", ["fc(9) - leaky_relu"]),
    ("[soft]", ["flatten - softmax"]), ("[avgpool]\n[softmax]\n[cost]", ["globalavgpool - softmax"]),
    ("[dropout]\nprobability=.25", ["dropout(0.25)"]), ("[dropout]", ["dropout"]),
    ("[logistic]", ["sigmoid"]),
    ("[activation]\nactivation=leaky", ["leaky_relu(0.1)"]), ("[activation]", ["identity:value"]),
    ("[upsample]", ["upsample(2)"]), ("[upsample]\nstride=3", ["upsample(3)"]),
    ("[crop]\ncrop_height=6\ncrop_width=4", ["crop(6x4)"]),
    ("[reorg]\nextra=1", ["flatten - pad(channels=0x1)"]),
    (
      "[conv]\nfilters=4\nactivation=linear\n[conv]\nactivation=linear\nfilters=4\n[shortcut]\nfrom=-2",
      ["conv(4, 1x1)", "add:"]
    ),
    ("[max]\nsize=2\nstride=2\n[avg]\n[route]\nlayers=0", ["maxpool:out(2x2) - globalavgpool"]),
  ])
  func `a section becomes what a person would write`(sections: String, steps: [String]) throws {
    let found = try DarknetFixtures.steps(Self.net + sections + "\n").filter { $0.hasPrefix("  - ") }
    #expect(found == steps.map { "  - " + $0 })
  }

  @Test(arguments: 1...9, 1...4) func `max pools have Darknet's sizes`(length: Int, size: Int) throws {
    for stride in 1...3 {
      for padding in [nil] + (0...4).map(Optional.init) {
        let pads = padding ?? size - 1
        let text =
          "[net]\nchannels=1\nheight=\(length)\nwidth=9\n[maxpool]\nsize=\(size)\nstride=\(stride)\n"
          + (padding.map { "padding=\($0)\n" } ?? "")
        // (W1 + P - F)/S + 1 of C's integers; there is P/2 in front.
        let count = (length + pads - size) / stride + 1
        let isSound = length + pads >= size && pads / 2 < size && (count - 1) * stride - pads / 2 < length
        do throws(Diagnostics) {
          let spec = try DarknetFixtures.network(text)
          let shape = try spec.source.report().single().0.layers.last?.outputShape
          #expect(shape?.height == count && isSound, "\(text)\(spec.spec)")
        } catch {
          let isWide = 9 + pads >= size && pads / 2 < size
          let last = (9 + pads - size) / stride * stride - pads / 2
          #expect(!isSound || !isWide || last >= 9, "\(text)\(error)")
        }
      }
    }
  }

  @Test(arguments: [
    ("[lstm]", 5, "a spec is without recurrence"), ("[local]", 5, "weights of their own at each place"),
    ("[lrn]", 5, "all lack that of one channel"), ("[what]", 5, "no such section is known"),
    ("[conv]\nbinary=1", 6, "weights of one bit"), ("[conv]\nactivation=mish", 6, "no function `mish`"),
    ("[conv]\nactivation=ramp", 6, "no function `ramp`"), ("[conv]\ndilation=2", 6, "not understood"),
    ("[conv]\nstride_x=1", 6, "not understood"), ("[conv]\ndontload=1", 6, "not understood"),
    ("[softmax]\ntree=a", 6, "a tree of classes"), ("[softmax]\ntemperature=3", 6, "no temperature"),
    ("[softmax]\ngroups=2", 6, "over all channels"), ("[upsample]\nscale=2", 6, "as they are"),
    ("[upsample]\nstride=-2", 6, "adds up blocks"),
    ("[reorg]\nstride=2\nreverse=1", 7, "one channel of several"),
    ("[reorg]\nstride=3", 6, "whole blocks"), ("[max]\n[crop]", 6, "2x - 1"),
    ("[max]\n[max]\n[shortcut]\nfrom=-2\nalpha=2", 9, "as they are"),
    (
      "[max]\nsize=2\nstride=2\n[route]\nlayers=0\n[upsample]\n[route]\nlayers=0,2", 12,
      "one height and width"
    ),
    ("[max]\nstride=2\n[upsample]\n[shortcut]\nfrom=0", 9, "values of one shape"),
    ("[cost]\n[avg]", 6, "reads a loss"),
    ("[conv]\nfilters=5\n[yolo]\nclasses=0\n[avg]", 9, "reads what a head decodes"),
  ])
  func `what a spec cannot say is refused with its line`(sections: String, line: Int, reason: String) {
    let error = #expect(throws: Diagnostics.self) { try DarknetFixtures.network(Self.net + sections) }
    #expect(error?.description.hasPrefix("net.cfg:\(line):1: error[") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("[conv]\nsize=0", "`size` is `0`, expected an integer from 1"), ("[conv]\nsize=3.5", "`size` is `3.5`"),
    ("[conv]\nsize=99999999999999999999", "expected an integer"),
    ("[conv]\nsize=9", "does not fit into 8 + 2*0"),
    ("[conv]\nfilters=3\ngroups=2", "2 groups do not divide 4 channels and 3 filters"),
    ("[route]\nlayers=0", "there are the layers none before it"),
    ("[max]\n[route]\nlayers=1", "the layers 0 to 0"),
    ("[max]\n[route]\nlayers=-2", "the layers 0 to 0"), ("[route]", "`layers` is missing"),
    ("[max]\n[shortcut]", "`from` is missing"), ("[dropout]\nprobability=1", "expected 0 to less than 1"),
    ("[crop]\ncrop_height=9\ncrop_width=9", "it cuts 9x9 out of 8x8"), ("[net]", "`[net]` is there twice"),
    ("[softmax]\n[conv]", "expected an image"), ("[maxpool]\nsize=20\npadding=3", "does not fit into 8 + 3"),
    ("[yolo]\nclasses=1\nnum=2", "[yolo] expects 2*(5 + 1)x8x8 values, found 4x8x8"),
    ("[region]\nclasses=1\nnum=2", "[region] expects 2*(5 + 1)x8x8 values"),
    ("[detection]\nside=2", "[detection] expects 2*2*((1 + 1)*1 + 1) values"),
  ])
  func `what is wrong is told`(sections: String, says: String) {
    let error = #expect(throws: Diagnostics.self) { try DarknetFixtures.network(Self.net + sections) }
    #expect(
      error?.all.contains { $0.code == .modelFile && $0.message.contains(says) } == true,
      "\(error?.description ?? "")")
  }

  @Test func `everything that is wrong is told at once, and nothing that only follows from it`() {
    let error = #expect(throws: Diagnostics.self) {
      try DarknetFixtures.network(
        Self.net + "[gru]\n[conv]\nsize=x\nstride=0\n[max]\n[rnn]\n[avg]\n[softmax]\ntree=t")
    }
    #expect(
      error?.all.map(\.code) == [
        .unsupportedModel, .modelFile, .modelFile, .unsupportedModel, .unsupportedModel,
      ])
  }

  @Test func `heads are outputs, and what is left out is noted`() throws {
    let network = try DarknetFixtures.network(
      Self.net.replacing("channels=4", with: "channels=3")
        + "foo=1\n[conv]\nfilters=6\nactivation=linear\nbar=2\n[yolo]\nclasses=1\nnum=1\n[route]\nlayers=0\n"
        + "[max]\n[conv]\nfilters=6\nactivation=linear\n[region]\nclasses=1\nnum=1\n")
    #expect(network.spec.contains("\noutputs: [out, out_2]\n"))
    #expect(
      network.notes == [
        "net.cfg:5: `foo` means nothing to [net]", "net.cfg:9: `bar` means nothing to [conv]",
        "net.cfg:10: what [yolo] decodes is for the app to do; what enters it is an output",
        "net.cfg:19: what [region] decodes is for the app to do; what enters it is an output",
      ])
    #expect(network.spec.contains("\npreprocess: {scale: 1/255}\n"))
  }

  @Test(arguments: [
    ("[avg]", "preprocess: {resize: 8, scale: 1/255}"),
    ("[crop]\ncrop_height=6\ncrop_width=6", "preprocess: {resize: 8, scale: 2/255, mean: 1}"),
    ("[crop]\ncrop_height=6\ncrop_width=6\nnoadjust=1", "preprocess: {resize: 8, scale: 1/255}"),
  ])
  func `images are read as Darknet reads them`(section: String, says: String) throws {
    let net = Self.net.replacing("channels=4", with: "channels=3")
    #expect(try DarknetFixtures.network(net + section).spec.contains("\n\(says)\n"))
    #expect(try !DarknetFixtures.network(Self.net + section).spec.contains("preprocess:"))
  }

  @Test func `a vector is an input, too`() throws {
    #expect(
      try DarknetFixtures.network("[net]\ninputs=9\n[connected]\noutput=2").spec.hasSuffix(
        "input: 9x1x1\nnetwork:\n  - fc(2) - sigmoid\n"))
  }
}
