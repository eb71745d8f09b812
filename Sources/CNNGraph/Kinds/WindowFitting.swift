import CNNSpec

/// Fits a window to an image: the one place where W2 = (W1 - F + 2P)/S + 1 is asked to come out whole.
struct WindowFitting {
  var kernel: Size2D
  var stride: Size2D
  var dilation = Size2D(1)
  var padding: LayerArguments.PaddingRequest
  /// `exact`, `floor` or `ceil`.
  var rounding: String
  /// Whether every window must see a part of the image: the largest element of nothing is no number.
  var isPool = false

  /// One direction of the window.
  struct Side: Hashable {
    var length: Int
    var kernel: Int
    var stride: Int
    var dilation: Int
    var before: Int
    var after: Int

    /// Pixels from a window's first to its last: F = dilation * (kernel - 1) + 1.
    var extent: CheckedInteger { CheckedInteger(dilation) * (kernel - 1) + 1 }
    /// W1 - F + P, or nil past 64 bits.
    var room: Int? { (CheckedInteger(length) + before + after - extent).value }

    /// `(7 - 3 + 2*0)/3 + 1`
    var formula: String {
      let window = dilation == 1 ? "\(kernel)" : "(\(dilation)*(\(kernel) - 1) + 1)"
      let pads = before == after ? "2*\(before)" : "(\(before) + \(after))"
      return "(\(length) - \(window) + \(pads))/\(stride) + 1"
    }

    /// What the formula gives: a whole number as it is, others to two decimals.
    var result: String {
      guard let room else { return "more than 64 bits" }
      if room % stride == 0 { return (CheckedInteger(room / stride) + 1).value.map(String.init) ?? "2^63" }
      return "\(((Double(room) / Double(stride) + 1) * 100).rounded() / 100)"
    }
  }

  enum Outcome {
    /// - Parameter unread: rows and columns of the image that no window reads.
    case fits(Window2D, unread: Size2D, hasRounded: Bool)
    case tooLarge(vertical: Side, horizontal: Side)
    case doesNotFit(vertical: Side, horizontal: Side)
    /// Some window of a pool sees nothing but padding.
    case onlyPadding
    case overflow
  }

  private enum SideOutcome {
    case fits(Side, unread: Int, hasRounded: Bool)
    case tooLarge, doesNotFit, overflow
  }

  func fit(_ size: Size2D) -> Outcome {
    let explicit: Padding? = if case .explicit(let padding) = padding { padding } else { nil }
    var vertical = Side(
      length: size.height, kernel: kernel.height, stride: stride.height, dilation: dilation.height,
      before: explicit?.top ?? 0, after: explicit?.bottom ?? 0)
    var horizontal = Side(
      length: size.width, kernel: kernel.width, stride: stride.width, dilation: dilation.width,
      before: explicit?.left ?? 0, after: explicit?.right ?? 0)
    guard pad(&vertical), pad(&horizontal) else { return .overflow }
    switch (fit(vertical), fit(horizontal)) {
    case (.overflow, _), (_, .overflow): return .overflow
    case (.tooLarge, _), (_, .tooLarge): return .tooLarge(vertical: vertical, horizontal: horizontal)
    case (.doesNotFit, _), (_, .doesNotFit): return .doesNotFit(vertical: vertical, horizontal: horizontal)
    case (.fits(let rows, let unreadRows, let a), .fits(let columns, let unreadColumns, let b)):
      let padding = Padding(
        top: rows.before, bottom: rows.after, left: columns.before, right: columns.after)
      let window = Window2D(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
      guard let positions = window.positions(over: size) else { return .overflow }
      if isPool, window.seesOnlyPadding(over: size, positions: positions) { return .onlyPadding }
      return .fits(
        window, unread: Size2D(height: unreadRows, width: unreadColumns), hasRounded: a || b)
    }
  }

  /// Chooses the padding where it is asked for; false past 64 bits.
  private func pad(_ side: inout Side) -> Bool {
    guard let extent = side.extent.value, let room = side.room else { return false }
    switch padding {
    case .explicit: return true
    case .same:
      // ceil(W1/S) positions, the last of them at the last multiple of S.
      let last = (side.length - 1) / side.stride * side.stride
      guard let total = (CheckedInteger(last) + extent - side.length).value else { return false }
      (side.before, side.after) = total > 0 ? (total / 2, total - total / 2) : (0, total)
    case .fit:
      let total = room < 0 ? -room : (side.stride - room % side.stride) % side.stride
      (side.before, side.after) = (total / 2, total - total / 2)
    }
    return side.room != nil
  }

  /// Rounds one direction.
  private func fit(_ side: Side) -> SideOutcome {
    guard let room = side.room else { return .overflow }
    if room < 0 { return .tooLarge }
    let rest = room % side.stride
    if rest != 0, rounding == "exact" { return .doesNotFit }
    var (result, rounded, unread) = (side, room - rest, 0)
    if rest != 0 {
      // The window that `ceil` would add counts if it starts before the padding behind the image (as PyTorch
      // and Caffe ask).
      let next = (CheckedInteger(rounded) + side.stride).value
      if rounding == "ceil", let next, next < side.length + side.before {
        guard let after = (CheckedInteger(side.after) + side.stride - rest).value else { return .overflow }
        (result.after, rounded) = (after, next)
      } else {
        result.after -= rest
        unread = max(0, rest - side.after)
      }
    }
    guard result.room != nil, (CheckedInteger(rounded / side.stride) + 1).value != nil else {
      return .overflow
    }
    return .fits(result, unread: unread, hasRounded: rest != 0)
  }
}

extension KindContext {
  /// The window with its rounding done, or nil where it does not fit, which is reported with what would.
  mutating func fit(_ fitting: WindowFitting, over size: Size2D, hasStride: Bool = true, hasPad: Bool = true)
    -> Window2D?
  {
    let outcome = fitting.fit(size)
    if case .fits(let window, let unread, let rounded) = outcome {
      hasRounded = hasRounded || rounded
      if unread != Size2D(0), !isQuiet {
        diagnostics.report(
          Diagnostic(
            .unreadBorder,
            "`\(layer.name)` leaves \(WindowAdvice.text(unread)) of its \(size) input unread (rounding: floor)",
            at: layer.range, severity: .note))
      }
      return window
    }
    guard !isQuiet else { return nil }
    let advice = WindowAdvice(fitting, hasPad: hasPad, hasStride: hasStride)
    switch outcome {
    case .fits: break
    case .overflow:
      error(.overflow, "the window of `\(layer.name)` is past 64 bits")
    case .onlyPadding:
      error(
        .invalidValue, "with this padding a window of `\(layer.name)` sees nothing but padding",
        at: arguments.range("pad"),
        help: ["the padding of a pool is smaller than its kernel, \(fitting.kernel)"])
    case .tooLarge(let vertical, let horizontal):
      let side = vertical.room ?? 0 < 0 ? vertical : horizontal
      let padded = side.before != 0 || side.after != 0 ? " with its padding" : ""
      error(
        .windowTooLarge,
        "`\(layer.name)` cannot fit: its \(fitting.kernel) window is larger than its \(size) input\(padded): \(side.formula) = \(side.result)\(trail())",
        help: advice.lines(size))
    case .doesNotFit(let vertical, let horizontal):
      let sides = vertical == horizontal ? [("", vertical)] : [("height ", vertical), ("width ", horizontal)]
      let formulas = sides.filter { _, side in (side.room ?? 0) % side.stride != 0 }.map { name, side in
        "\(name)\(side.formula) = \(side.result)"
      }
      error(
        .windowDoesNotFit, "`\(layer.name)` cannot fit: \(formulas.joined(separator: ", "))\(trail())",
        help: advice.lines(size))
    }
    return nil
  }
}
