import CNNSpec

/// What would fit where a window does not.
struct WindowAdvice {
  private let fitting: WindowFitting
  private let hasPad: Bool
  private let hasStride: Bool
  /// Numbers above are not tried.
  private static let most = 64

  /// - Parameters:
  ///   - hasPad: whether the layer's padding may be set.
  ///   - hasStride: whether its stride is set apart from its kernel.
  init(_ fitting: WindowFitting, hasPad: Bool, hasStride: Bool) {
    self.fitting = fitting
    self.hasPad = hasPad
    self.hasStride = hasStride
  }

  /// Help lines, best first: paddings, strides, kernels, sizes of the input, and what rounding would mean.
  func lines(_ size: Size2D) -> [String] {
    let strides = hasStride ? changes("stride", near: fitting.stride.height, size) { $0.stride = $1 } : []
    let kernels = changes("kernel", near: fitting.kernel.height, size) {
      $0.kernel = $1
      if !hasStride { $0.stride = $1 }
    }
    return pads(size) + strides + kernels + inputs(size) + roundings(size)
  }

  /// The output's size with something changed, if that fits exactly.
  private func trial(_ size: Size2D, _ change: (inout WindowFitting) -> Void) -> Size2D? {
    var copy = fitting
    copy.rounding = "exact"
    change(&copy)
    guard case .fits(let window, _, _) = copy.fit(size) else { return nil }
    return window.positions(over: size)
  }

  /// Two paddings that are the same on all sides, or else the smallest that fits.
  private func pads(_ size: Size2D) -> [String] {
    guard hasPad else { return [] }
    let all = (0...min(max(fitting.kernel.height, fitting.kernel.width), Self.most)).compactMap { pad in
      trial(size) { $0.padding = .explicit(Padding(pad)) }.map { "pad=\(pad) gives \($0)" }
    }
    let lines = Array(all.prefix(2))
    var asking = fitting
    (asking.padding, asking.rounding) = (.fit, "exact")
    guard lines.isEmpty, case .fits(let window, _, _) = asking.fit(size),
      let result = window.positions(over: size)
    else { return lines }
    return ["pad=\(Self.text(window.padding)) gives \(result)"]
  }

  /// The two values nearest to one that does not fit.
  private func changes(
    _ name: String, near center: Int, _ size: Size2D, _ set: (inout WindowFitting, Size2D) -> Void
  ) -> [String] {
    guard center <= Self.most else { return [] }
    let candidates = (1...min(center + 4, Self.most)).filter { $0 != center }.sorted {
      (abs($0 - center), $0) < (abs($1 - center), $1)
    }
    let lines = candidates.compactMap { value in
      trial(size) { set(&$0, Size2D(value)) }.map { "\(name)=\(value) gives \($0)" }
    }
    return Array(lines.prefix(2))
  }

  /// The nearest smaller and the nearest larger input, each side moved only as far as it must.
  private func inputs(_ size: Size2D) -> [String] {
    guard case .explicit(let padding) = fitting.padding else { return [] }
    let sides = [
      (size.height, fitting.kernel.height, fitting.stride.height, fitting.dilation.height, padding.vertical),
      (size.width, fitting.kernel.width, fitting.stride.width, fitting.dilation.width, padding.horizontal),
    ]
    var smaller: [Int?] = []
    var larger: [Int?] = []
    for (length, kernel, stride, dilation, padding) in sides {
      // W1 - F + 2P, which ought to be a multiple of the stride.
      let room = (CheckedInteger(length) + padding - 1 - CheckedInteger(dilation) * (kernel - 1)).value
      guard let room else { return [] }
      let rest = room < 0 ? 0 : room % stride
      smaller.append(room < 0 ? nil : length - rest)
      let missing = room < 0 ? CheckedInteger(0) - room : CheckedInteger(rest == 0 ? 0 : stride - rest)
      larger.append((missing + length).value)
    }
    return [smaller, larger].compactMap { sides in
      guard let height = sides[0], let width = sides[1], height > 0, width > 0 else { return nil }
      let input = Size2D(height: height, width: width)
      return trial(input) { _ in }.map { "an input of \(input) gives \($0)" }
    }
  }

  /// What `floor` and `ceil` would do, in exact terms.
  private func roundings(_ size: Size2D) -> [String] {
    var lines: [String] = []
    var rounded = fitting
    rounded.rounding = "floor"
    if case .fits(let window, let unread, true) = rounded.fit(size),
      let result = window.positions(over: size)
    {
      lines.append("rounding=floor gives \(result) and leaves \(Self.text(unread)) unread")
    }
    rounded.rounding = "ceil"
    if case .fits(let window, _, true) = rounded.fit(size), let result = window.positions(over: size) {
      let pads = window.padding
      let canBeWritten = hasPad && pads.bottom >= 0 && pads.right >= 0
      lines.append(
        "rounding=ceil gives \(result)" + (canBeWritten ? ", the same as pad=\(Self.text(pads))" : ""))
    }
    return lines
  }

  /// `0x1x0x1`, or one number for all sides.
  private static func text(_ padding: Padding) -> String {
    padding == Padding(padding.top)
      ? "\(padding.top)" : "\(padding.top)x\(padding.bottom)x\(padding.left)x\(padding.right)"
  }

  /// `1 row and 2 columns`
  static func text(_ unread: Size2D) -> String {
    func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
    switch (unread.height, unread.width) {
    case (0, 0): return "part of the padding"
    case (let rows, 0): return count(rows, "row")
    case (0, let columns): return count(columns, "column")
    case (let rows, let columns): return "\(count(rows, "row")) and \(count(columns, "column"))"
    }
  }
}
