import CNNImages
import CNNSpec
import CNNTestSupport
import Testing

@testable import CNN

struct ImageInputTests {
  private static let image = Fixtures.root + "/specs/lenet5.png"

  private func text(_ action: () throws(Diagnostics) -> Void) -> String {
    do throws(Diagnostics) {
      try action()
      return "nothing"
    } catch {
      return error.description
    }
  }

  @Test func `a file, its bytes and its pixels give the same input`() throws {
    let model = try Fixtures.model("lenet5")
    let fromFile = try model.input(fromImageAt: Self.image)
    let bytes = try FileSystem.read(Self.image)
    #expect(try model.input(fromEncodedImage: bytes) == fromFile)
    let decoded = try Image(decoding: bytes, name: "image")
    #expect(
      try model.input(
        fromPixels: decoded.pixels, height: decoded.height, width: decoded.width,
        channels: decoded.channels) == fromFile)
    #expect(fromFile.count == 784)
  }

  @Test func `pixels are rows of interleaved channels, and are resized`() throws {
    let model = try Model(text: "input: 3x1x2\nnetwork: relu\npreprocess: {scale: 1}")
    #expect(
      try model.input(fromPixels: [1, 2, 3, 4, 5, 6], height: 1, width: 2, channels: 3) == [
        1, 4, 2, 5, 3, 6,
      ])
    #expect(
      try model.input(fromPixels: [7, 9], height: 1, width: 2, channels: 1) == [7, 9, 7, 9, 7, 9],
      "gray becomes colour")
    let same = [UInt8](repeating: 8, count: 4 * 8 * 3)
    #expect(
      try model.input(fromPixels: same, height: 4, width: 8, channels: 3) == Array(repeating: 8, count: 6))
  }

  @Test(arguments: [
    (5, 1, 2, 3), (6, 0, 2, 3), (6, -1, -2, 3), (4, 1, 2, 2), (0, 0, 0, 0), (8, Int.max, Int.max, 1),
  ])
  func `sizes that are not the pixels'`(count: Int, height: Int, width: Int, channels: Int) throws {
    let model = try Model(text: "input: 3x1x2\nnetwork: relu")
    let pixels = [UInt8](repeating: 0, count: count)
    #expect(
      text { () throws(Diagnostics) in
        _ = try model.input(fromPixels: pixels, height: height, width: width, channels: channels)
      } == """
        error[input-shape]: \(count) bytes are no image of \(height)x\(width)x\(channels) (height x width x channels)
          help: one byte a channel; 1 channel (gray) or 3 (red, green, blue)
        """)
  }

  @Test func `one image, not several`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("two.idx", Make.idx([2, 28, 28], [UInt8](repeating: 0, count: 2 * 784)))
    let model = try Fixtures.model("lenet5")
    #expect(
      text { () throws(Diagnostics) in _ = try model.input(fromImageAt: path) } == """
        \(path): error[input-file]: the file holds 2 images; expected one
          help: `cnnc run` takes all of them, or one with `--index`
        """)
    let one = try folder.write("one.idx", Make.idx([1, 28, 28], [UInt8](repeating: 0, count: 784)))
    #expect(try model.input(fromImageAt: one).count == 784)
  }
}
