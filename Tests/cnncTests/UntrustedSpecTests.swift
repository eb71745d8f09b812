import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// What a spec from a stranger may name, and what is told before anything runs.
struct UntrustedSpecTests {
  private func check(_ text: String, prepare: (TemporaryFolder) throws -> Void = { _ in }) throws
    -> CommandResult
  {
    let folder = try TemporaryFolder()
    try prepare(folder)
    let path = try folder.write("k.yaml", Array(text.utf8))
    return try cnnc("check \(path) --quiet")
  }

  @Test(arguments: ["../k.yaml", "/etc/passwd", "a/../../b", "fifo"])
  func `a class file lies beside the spec and is a regular file`(name: String) throws {
    let result = try check("input: 3x8x8\nnetwork: fc(3)\nclasses: \(name)\n") { folder in
      mkfifo("\(folder.path)/fifo", 0o644)
    }
    #expect(result.status == 1 && result.errors.contains("k.yaml:3:10: error["), "\(result.errors)")
  }

  @Test func `a family that asks for sizes ends`() throws {
    let result = try check(
      "input: 3x?x?\nnetwork: \"(conv(n,3,pad=1))*10\"\nwhere: {n: 1..10000}\n")
    #expect(result.status == 0 && result.output.contains("layer-limit"), "\(result.output.suffix(300))")
  }

  @Test(arguments: [
    ("{crop: 9}", "3x8x8", "3:20"), ("{resize: 8}", "3x16x16", "3:22"), ("{color: rgb}", "1x4x4", "3:21"),
    ("{resize: 4x9}", "3x8x8", "3:22"),
  ])
  func `preprocessing that cannot fit is told by check`(recipe: String, input: String, place: String) throws {
    let result = try check("input: \(input)\nnetwork: conv(3,1)\npreprocess: \(recipe)\n")
    #expect(
      result.status == 1 && result.errors.contains("k.yaml:\(place): error[preprocessing]"),
      "\(result.errors)")
  }

  @Test func `frozen layers exist`() throws {
    let result = try check("input: 1x4x4\nnetwork: fc:head(3)\ntrain: {freeze: [haed]}\n")
    #expect(result.status == 1 && result.errors.contains("did you mean `head`?"))
  }

  @Test func `a block's label is an output`() throws {
    let text = """
      input: 3x8x8
      network: [b:foo(3), relu]
      outputs: [foo]
      blocks: {b: {parameters: {f: required}, network: "conv(f,1)"}}
      """
    #expect(try check(text).status == 0)
  }

  @Test func `a folder does not hide a shipped spec`() throws {
    let folder = try TemporaryFolder()
    mkdir("\(folder.path)/lenet5", 0o755)
    let result = try Command.run(["check", "lenet5"], in: folder.path)
    #expect(result.status == 0)
  }

  @Test func `a full disk is no success`() throws {
    let result = try Command.run(["check", "lenet5"], output: "/dev/full")
    #expect(result.status == 1 && result.errors.contains("error[output-file]"))
  }
}
