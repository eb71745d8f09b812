import Testing

@testable import CNNGraph

struct CheckedIntegerTests {
  @Test func `exact, or nothing`() {
    let most = CheckedInteger(.max)
    #expect((most - 1 + 1).value == .max)
    #expect((most + 1).value == nil)
    #expect((most * 2).value == nil)
    #expect((CheckedInteger(.min) - 1).value == nil)
    #expect((most * 0).value == 0)
    #expect((most * 2 * 0).value == nil, "an overflow is not forgotten")
    #expect(CheckedInteger.product([1 << 31, 1 << 31]).value == 1 << 62)
    #expect(CheckedInteger.product([1 << 32, 1 << 31]).value == nil)
    #expect(CheckedInteger.product([]).value == 1)
    var sum: CheckedInteger = 3
    sum += 4
    #expect(sum.value == 7)
  }
}
