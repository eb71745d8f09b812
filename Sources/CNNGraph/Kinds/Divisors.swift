/// Numbers of groups that would do.
enum Divisors {
  /// Larger divisors are not looked for.
  private static let most = 4096

  /// The common divisors of some counts next to the number that is none, as a help line.
  static func help(of counts: [Int], near wish: Int) -> String {
    let divisors = (1...min(most, counts.min() ?? 1)).filter { divisor in
      counts.allSatisfy { $0 % divisor == 0 }
    }
    let nearest = divisors.sorted { abs($0 - wish) < abs($1 - wish) }.prefix(4).sorted()
    let whole = counts.count == 1 ? "\(counts[0])" : "both \(counts[0]) and \(counts[1])"
    return "groups that divide \(whole): \(nearest.map(String.init).joined(separator: ", "))"
  }
}
