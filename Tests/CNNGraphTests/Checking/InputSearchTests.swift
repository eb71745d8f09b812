import CNNSpec
import Testing

@testable import CNNGraph

struct InputSearchTests {
  private func sizes(_ input: String, _ layers: String, extra: String = "") throws -> (
    exact: String, legal: String
  ) {
    let search = try #require(CheckedSpec(input, layers, extra: extra).report.members.first?.search)
    return (InputSearch.text(search.exact), InputSearch.text(search.legal))
  }

  @Test func `sizes that fit, as ranges with steps`() throws {
    #expect(try sizes("3x?x?", "conv(1, 3)").exact == "3 to 1024")
    #expect(try sizes("3x?x?", "conv(1, 3, stride=3)").exact == "3 to 1023 in steps of 3")
    #expect(try sizes("3x?x?", "conv(96, 11, stride=4)").exact == "11 to 1023 in steps of 4")
    #expect(try sizes("3x?x?", "(conv(1, 3, pad=1) - maxpool(2))*5").exact == "32 to 1024 in steps of 32")
    #expect(try sizes("3x?x?", "maxpool(600)").exact == "600")
    #expect(try sizes("3x?x224", "maxpool(32)").exact == "32 to 1024 in steps of 32")
    // AlexNet: 11x11/4, 3x3/2, 3x3/2, 3x3/2 with same convolutions between: 67 + 32k.
    let alexnet = "conv(1, 11, stride=4) - (maxpool(3, stride=2))*3"
    #expect(try sizes("3x?x?", alexnet).exact == "67 to 995 in steps of 32")
  }

  @Test func `with floor, sizes that need no rounding are told from those that do`() throws {
    let (exact, legal) = try sizes("3x?x?", "maxpool(2)", extra: "rounding: floor")
    #expect(exact == "2 to 1024 in steps of 2")
    #expect(legal == "2 to 1024")
  }

  @Test func `nothing fits`() throws {
    let finding = try CheckedSpec("3x?x?", "maxpool(2000)").onlyFinding()
    #expect(finding.code == .noInputFits)
    #expect(finding.message == "no square input from 1 to 1024 fits")
    #expect(finding.help == ["give a size to see what does not fit"])
  }

  @Test func `a network too long to try`() throws {
    let finding = try CheckedSpec("3x?x?", "relu*5000").onlyFinding()
    #expect(finding.message == "there are too many layers to try 1024 sizes")
  }

  @Test(arguments: [
    ([], ""), ([5], "5"), ([5, 9], "5, 9"), ([1, 2, 3], "1 to 3"), ([4, 8, 12], "4 to 12 in steps of 4"),
    ([1, 2, 3, 10, 20, 30], "1 to 3, 10 to 30 in steps of 10"),
    ([7, 32, 64, 96], "7, 32 to 96 in steps of 32"),
  ])
  func `numbers as text`(numbers: [Int], text: String) { #expect(InputSearch.text(numbers) == text) }
}
