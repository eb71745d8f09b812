/// Numbers as people read them.
package enum Figures {
  /// `1,234,567`
  package static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return number < 0 ? "-" + result : result
  }

  /// `3.1 MB`, in powers of 1024; bytes below one of them exactly.
  package static func bytes(_ number: Int) -> String {
    var value = Double(number)
    for unit in ["B", "KB", "MB", "GB", "TB"] {
      if value < 1024 || unit == "TB" {
        return unit == "B" ? "\(number) B" : "\(fixed(value, digits: 1)) \(unit)"
      }
      value /= 1024
    }
    preconditionFailure("the last unit returns")
  }

  /// A number with so many digits behind the point.
  package static func fixed(_ number: Double, digits: Int) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return "\(number)" }
    let scale = (0..<digits).reduce(1) { value, _ in value * 10 }
    let rounded = Int((abs(number) * Double(scale)).rounded())
    let sign = number < 0 && rounded > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(rounded)" }
    let fraction = String(rounded % scale)
    return "\(sign)\(rounded / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
