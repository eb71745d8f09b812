import CNNSpec
import Testing

struct ExpressionTests {
  /// The value of `x` in `where: {FC: x}`.
  static func value(_ text: String) -> String { layers("fc", "where: {FC: \(text)}").first ?? "" }

  @Test(arguments: [
    ("2+3*4", "14"), ("(2+3)*4", "20"), ("-3 - -4", "1"), ("7/2", "7/2"), ("64*2/3", "128/3"),
    ("64*3/2", "96"),
    ("1/3 + 1/6", "1/2"), ("2 - 3 - 4", "-5"), ("24/4/2", "3"), ("010", "10"), ("0.5*4", "2.0"),
    ("5e-4", "0.0005"),
    ("1/255", "1/255"), ("9223372036854775807", "9223372036854775807"), ("1.5E+2", "150.0"),
  ])
  func `fractions are exact`(text: String, value: String) {
    #expect(Self.value(text) == "fc1 = fc(units=\(value))")
  }

  @Test(arguments: [
    ("1:30", "3:14: an operation or the end should stand here, not `:`"),
    ("3 4", "3:15: an operation or the end should stand here, not `4`"),
    ("0x1F", "3:13: `0x1F` is no number"), ("1_000", "3:13: `1_000` is no number"),
    ("2 *", "3:16: a value should stand here, not the end"), (".5", "3:13: `.` has no meaning in a pattern"),
    ("3..1", "3:13: `3..1` runs backwards"),
  ])
  func `no number`(text: String, message: String) {
    #expect(reading("fc", "where: {FC: \(text)}").messages.first == message)
  }

  @Test func `sides are those of the value that enters the step`() {
    #expect(
      layers("conv:a(8, 3)-conv(2*channels/3, 1)-fc(height*width)") == [
        "a = conv(filters=8, kernel=3)", "conv2 = conv(filters=((2 * channels of a) / 3), kernel=1)",
        "fc1 = fc(units=(height of conv2 * width of conv2))",
      ])
    #expect(
      layers("conv:a(8, 3)-b", "blocks: {b: {network: \"conv(8, 1)-conv(channels, 1)\"}}").last
        == "b1.conv2 = conv(filters=channels of b1.conv1, kernel=1)")
    // As an argument of a call: what enters the call.
    #expect(
      layers(
        "relu:a-b(channels)", "blocks: {b: {parameters: {n: required}, network: \"conv(8, 1)-conv(n, 1)\"}}"
      )
      .last == "b1.conv2 = conv(filters=channels of a, kernel=1)")
  }

  @Test(arguments: [
    ("relu*(64*2/3)", "2:17: a count is an integer from 0, not 128/3"),
    ("relu*(1-2)", "2:17: a count is an integer from 0, not -1"),
    ("relu*(1/0)", "2:17: division by zero"),
    ("relu*channels", "2:16: a count cannot use `channels`, `height` or `width`: shapes are known later"),
    ("relu*(9223372036854775807*2)", "2:17: this is past 64 bits"),
    ("relu*n", "2:16: nothing is named `n` here"),
    ("fc(n+1)", "2:14: nothing is named `n` here"),
  ])
  func `counts and names`(pattern: String, message: String) {
    #expect(reading(pattern).messages == [message])
  }

  @Test func `a count may be an expression of names`() {
    #expect(layers("relu*(2*n-1)", "where: {n: 2}") == ["relu1", "relu2", "relu3"])
    #expect(layers("relu*0 - fc(1)") == ["fc1 = fc(units=1)"])
    #expect(layers("relu*2.0").count == 1, "a decimal is no count as written")
  }

  @Test func `entries refer to each other, but not in a circle`() {
    #expect(layers("fc(a)", "where: {a: 2*b, b: c+1, c: 3}") == ["fc1 = fc(units=8)"])
    #expect(
      reading("fc(a)", "where: {a: b, b: 2*a}").text == """
        3:20: error[unknown-name]: `a` is defined by itself: a -> b -> a
          where: {a: b, b: 2*a}
                             ^
          help: give it a number in `where`
        """)
    #expect(reading("relu*N", "where: {N: N}").messages == ["3:12: `N` is defined by itself: N -> N"])
  }
}
