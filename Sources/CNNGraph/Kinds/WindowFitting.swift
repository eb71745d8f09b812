import CNNSpec

/// Fits a window to an image: the one place where W2 = (W1 - F + 2P)/S + 1 is asked to come out whole.
struct WindowFitting {
  var kernel: Size2D
  var stride: Size2D
  var dilation = Size2D(1)
  var padding: LayerArguments.PaddingRequest
  /// `exact`, `floor` or `ceil`.
  var rounding: String

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
    /// Pixels that no window reaches.
    var rest: Int? { room.map { $0 % stride } }
    var positions: Int? {
      guard let room, room >= 0, room % stride == 0 else { return nil }
      return room / stride + 1
    }

    /// `(7 - 3 + 2*0)/3 + 1`
    var formula: String {
      let window = dilation == 1 ? "\(kernel)" : "(\(dilation)*(\(kernel) - 1) + 1)"
      let pads = before == after ? "2*\(before)" : "(\(before) + \(after))"
      return "(\(length) - \(window) + \(pads))/\(stride) + 1"
    }

    /// What the formula gives, to two decimals.
    var result: String {
      guard let room else { return "more than 64 bits" }
      let value = Double(room) / Double(stride) + 1
      let hundredths = (value * 100).rounded(.toNearestOrAwayFromZero) / 100
      return hundredths == hundredths.rounded() && room % stride == 0 ? "\(Int(hundredths))" : "\(hundredths)"
    }
  }

  enum Outcome {
    /// - Parameter unread: rows and columns of the image that no window reads.
    case fits(Window2D, unread: Size2D, hasRounded: Bool)
    case tooLarge(vertical: Side, horizontal: Side)
    case doesNotFit(vertical: Side, horizontal: Side)
    case overflow
  }

  func fit(_ size: Size2D) -> Outcome {
    var sides: [Side] = []
    var unread = [0, 0]
    var hasRounded = false
    let explicit: Padding? = if case .explicit(let padding) = padding { padding } else { nil }
    for vertical in [true, false] {
      var side = Side(
        length: vertical ? size.height : size.width, kernel: vertical ? kernel.height : kernel.width,
        stride: vertical ? stride.height : stride.width,
        dilation: vertical ? dilation.height : dilation.width,
        before: (vertical ? explicit?.top : explicit?.left) ?? 0,
        after: (vertical ? explicit?.bottom : explicit?.right) ?? 0)
      guard let extent = side.extent.value, side.room != nil else { return .overflow }
      switch padding {
      case .explicit: break
      case .same:
        let last = CheckedInteger((side.length - 1) / side.stride) * side.stride + extent
        guard let total = (last - side.length).value else { return .overflow }
        (side.before, side.after) = total > 0 ? (total / 2, total - total / 2) : (0, total)
      case .fit:
        let room = side.length - extent
        let total = room < 0 ? -room : (side.stride - room % side.stride) % side.stride
        (side.before, side.after) = (total / 2, total - total / 2)
      }
      sides.append(side)
    }
    if sides.contains(where: { $0.room! < 0 }) { return .tooLarge(vertical: sides[0], horizontal: sides[1]) }
    if rounding == "exact", sides.contains(where: { $0.rest != 0 }) {
      return .doesNotFit(vertical: sides[0], horizontal: sides[1])
    }
    for index in sides.indices {
      guard let rest = sides[index].rest, rest != 0 else { continue }
      hasRounded = true
      let isCeil = rounding == "ceil" && lastWindowStartsInside(sides[index], rest: rest)
      if !isCeil { unread[index] = max(0, rest - sides[index].after) }
      sides[index].after += isCeil ? sides[index].stride - rest : -rest
    }
    let window = Window2D(
      kernel: kernel, stride: stride,
      padding: Padding(
        top: sides[0].before, bottom: sides[0].after, left: sides[1].before, right: sides[1].after),
      dilation: dilation)
    return .fits(window, unread: Size2D(height: unread[0], width: unread[1]), hasRounded: hasRounded)
  }

  /// Whether the window that `ceil` would add starts before the padding behind the image (as PyTorch and
  /// Caffe ask).
  private func lastWindowStartsInside(_ side: Side, rest: Int) -> Bool {
    let start = side.room! - rest + side.stride
    return start < side.length + side.before
  }

  // MARK: Advice

  /// The output's size with some members changed, if that fits exactly.
  private func trial(_ size: Size2D, _ change: (inout WindowFitting) -> Void) -> Size2D? {
    var copy = self
    copy.rounding = "exact"
    change(&copy)
    guard case .fits(let window, _, _) = copy.fit(size) else { return nil }
    return window.positions(over: size)
  }

  /// What would fit, best first: paddings, strides, kernels, sizes of the input, and what rounding means.
  /// - Parameter canDilate: whether the kernel may change (not where it is tied to the stride).
  func advice(_ size: Size2D, hasPad: Bool, hasStride: Bool) -> [String] {
    var help: [String] = []
    func add(_ limit: Int, _ candidates: some Sequence<(String, Size2D?)>) {
      help += candidates.lazy.compactMap { text, result in result.map { "\(text) gives \($0)" } }.prefix(
        limit)
    }
    if hasPad {
      let most = max(kernel.height, kernel.width)
      let symmetric = (0...min(most, 64)).lazy.map { pad in
        ("pad=\(pad)", self.trial(size) { $0.padding = .explicit(Padding(pad)) })
      }
      let before = help.count
      add(2, symmetric)
      if help.count == before,
        case .fits(let window, _, _) = with({
          $0.padding = .fit
          $0.rounding = "exact"
        }).fit(size)
      {
        let p = window.padding
        let text = "pad=\(p.top)x\(p.bottom)x\(p.left)x\(p.right)"
        add(1, [(text, window.positions(over: size))])
      }
    }
    if hasStride {
      let strides = Self.nearest(to: stride.height, from: 1, through: min(stride.height + 4, 64))
      add(2, strides.lazy.map { s in ("stride=\(s)", self.trial(size) { $0.stride = Size2D(s) }) })
    }
    if hasStride {
      let kernels = Self.nearest(to: kernel.height, from: 1, through: min(kernel.height + 4, 64))
      add(2, kernels.lazy.map { f in ("kernel=\(f)", self.trial(size) { $0.kernel = Size2D(f) }) })
    } else {
      let kernels = Self.nearest(to: kernel.height, from: 1, through: min(kernel.height + 4, 64))
      add(
        2,
        kernels.lazy.map { f in
          (
            "kernel=\(f)",
            self.trial(size) {
              $0.kernel = Size2D(f)
              $0.stride = Size2D(f)
            }
          )
        })
    }
    help += inputAdvice(size)
    return help + roundingAdvice(size)
  }

  private func with(_ change: (inout WindowFitting) -> Void) -> WindowFitting {
    var copy = self
    change(&copy)
    return copy
  }

  /// The nearest smaller and the nearest larger input.
  private func inputAdvice(_ size: Size2D) -> [String] {
    func fitting(_ step: Int) -> String? {
      for distance in 0...max(stride.height, stride.width, kernel.height, kernel.width) {
        let (height, width) = (size.height + step * distance, size.width + step * distance)
        guard height > 0, width > 0 else { return nil }
        // Each side moves only as far as it must.
        for h in [size.height, height] {
          for w in [size.width, width] where (h, w) != (size.height, size.width) {
            let candidate = Size2D(height: h, width: w)
            if let result = trial(candidate, { _ in }) { return "an input of \(candidate) gives \(result)" }
          }
        }
      }
      return nil
    }
    return [fitting(-1), fitting(1)].compactMap { $0 }
  }

  /// What `floor` and `ceil` would do, in exact terms.
  private func roundingAdvice(_ size: Size2D) -> [String] {
    var help: [String] = []
    if case .fits(let window, let unread, true) = with({ $0.rounding = "floor" }).fit(size),
      let result = window.positions(over: size)
    {
      help.append(
        "rounding=floor gives \(result) and leaves \(Self.text(unread)) unread")
    }
    if case .fits(let window, _, true) = with({ $0.rounding = "ceil" }).fit(size),
      let result = window.positions(over: size)
    {
      let p = window.padding
      let isFloor = p.bottom < 0 || p.right < 0
      help.append(
        isFloor
          ? "rounding=ceil gives \(result)"
          : "rounding=ceil gives \(result), the same as pad=\(p.top)x\(p.bottom)x\(p.left)x\(p.right)")
    }
    return help
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

  /// The numbers of a range by their distance from one, that one left out.
  private static func nearest(to center: Int, from low: Int, through high: Int) -> [Int] {
    guard low <= high else { return [] }
    return (low...high).filter { $0 != center }.sorted {
      (abs($0 - center), $0) < (abs($1 - center), $1)
    }
  }
}

extension KindContext {
  /// The window with its rounding done, or nil where it does not fit, which is reported with what would.
  mutating func fit(_ fitting: WindowFitting, over size: Size2D, hasStride: Bool = true, hasPad: Bool = true)
    -> Window2D?
  {
    let outcome = fitting.fit(size)
    if isQuiet {
      guard case .fits(let window, _, let rounded) = outcome else { return nil }
      hasRounded = hasRounded || rounded
      return window
    }
    switch outcome {
    case .fits(let window, let unread, let rounded):
      hasRounded = hasRounded || rounded
      if unread != Size2D(0) {
        diagnostics.report(
          Diagnostic(
            .unreadBorder,
            "`\(layer.name)` leaves \(WindowFitting.text(unread)) of its \(size) input unread (rounding: floor)",
            at: layer.range, severity: .note))
      }
      return window
    case .overflow:
      error(.overflow, "the window of `\(layer.name)` is past 64 bits")
    case .tooLarge(let vertical, let horizontal):
      let side = vertical.room! < 0 ? vertical : horizontal
      error(
        .windowTooLarge,
        "`\(layer.name)` cannot fit: its \(fitting.kernel) window is larger than its \(size) input\(padded(side)): \(side.formula) = \(side.result)\(trail())",
        help: fitting.advice(size, hasPad: hasPad, hasStride: hasStride))
    case .doesNotFit(let vertical, let horizontal):
      let wrong = [vertical, horizontal].filter { $0.rest != 0 }
      let names =
        vertical == horizontal
        ? [""]
        : [vertical.rest != 0 ? "height " : "", horizontal.rest != 0 ? "width " : ""].filter { !$0.isEmpty }
      let formulas = zip(names, wrong).map { "\($0)\($1.formula) = \($1.result)" }
      error(
        .windowDoesNotFit,
        "`\(layer.name)` cannot fit: \(formulas.joined(separator: ", "))\(trail())",
        help: fitting.advice(size, hasPad: hasPad, hasStride: hasStride))
    }
    return nil
  }

  private func padded(_ side: WindowFitting.Side) -> String {
    side.before + side.after > 0 ? " with its padding" : ""
  }
}
