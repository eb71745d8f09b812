/// An integer whose arithmetic notes an overflow and carries it along instead of trapping.
package struct CheckedInteger: Hashable, Sendable, ExpressibleByIntegerLiteral {
  /// The exact value, or nil after an overflow of 64 bits.
  package let value: Int?

  package init(_ value: Int?) { self.value = value }
  package init(integerLiteral value: Int) { self.value = value }

  private func combine(_ other: Self, _ operation: (Int) -> (Int) -> (Int, Bool)) -> Self {
    guard let a = value, let b = other.value else { return Self(nil) }
    let (result, overflow) = operation(a)(b)
    return Self(overflow ? nil : result)
  }

  package static func + (a: Self, b: Self) -> Self {
    a.combine(b) { x in { y in x.addingReportingOverflow(y) } }
  }
  package static func - (a: Self, b: Self) -> Self {
    a.combine(b) { x in { y in x.subtractingReportingOverflow(y) } }
  }
  package static func * (a: Self, b: Self) -> Self {
    a.combine(b) { x in { y in x.multipliedReportingOverflow(by: y) } }
  }
  package static func + (a: Self, b: Int) -> Self { a + Self(b) }
  package static func - (a: Self, b: Int) -> Self { a - Self(b) }
  package static func * (a: Self, b: Int) -> Self { a * Self(b) }
  package static func += (a: inout Self, b: Self) { a = a + b }

  package static func product(_ factors: [Int]) -> Self { factors.reduce(1) { $0 * $1 } }
}
