import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The exit codes that scripts may rely on; ``Interrupts`` has those of signals.
enum ExitStatus: Int32, Error {
  case done = 0
  /// The spec, the weights, the data or an input is wrong.
  case wrongInput = 1
  case usage = 64
}

func quit(_ status: ExitStatus) -> Never {
  fflush(nil)
  exit(status.rawValue)
}

/// Results to standard output, everything else to standard error.
enum Console {
  /// Takes the places of standard streams that the caller has closed, so that no file gets them.
  static func openStandardStreams() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDWR)
    }
  }

  static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

  static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  /// Text for a terminal without a line's end.
  static func draw(_ text: String) { write(text, to: STDERR_FILENO) }

  /// The width of the terminal that standard error is.
  static var columns: Int {
    var size = winsize()
    if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return getenv("COLUMNS").flatMap { Int(String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
  }

  /// Prints findings the way compilers do, and how many there are.
  static func report(_ findings: [Diagnostic]) {
    guard !findings.isEmpty else { return }
    let color = Color(isTerminal: isatty(STDERR_FILENO) == 1)
    error(findings.map { color.paint(withHelp($0)) }.joined(separator: "\n"))
    let errors = findings.count { $0.severity == .error }
    // The count would be wrong where errors were left out, and how many is said.
    let isWhole = !findings.contains { $0.code == .moreFindings }
    if errors > 1, isWhole { error("\(errors) errors") }
  }

  /// An error that has no remedy of its own names its explanation.
  private static func withHelp(_ finding: Diagnostic) -> Diagnostic {
    guard finding.severity == .error, finding.help.isEmpty else { return finding }
    var helped = finding
    helped.help = ["`cnnc explain \(finding.code.rawValue)` says more"]
    return helped
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        // A reader that has gone wants nothing more; a full disk must not look like success.
        if errno == EPIPE || descriptor == STDERR_FILENO { return }
        let why = String(cString: strerror(errno))
        error("<standard output>: error[\(DiagnosticCode.outputFile.rawValue)]: cannot be written: \(why)")
        quit(.wrongInput)
      }
      bytes = bytes.dropFirst(written)
    }
  }
}

// The bare name would find the member above.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

/// Colours of diagnostics, on a terminal only and never with `NO_COLOR`.
struct Color {
  let isOn: Bool

  init(isTerminal: Bool) {
    let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
    isOn = isTerminal && !isDumb && getenv("NO_COLOR") == nil
  }

  func paint(_ finding: Diagnostic) -> String {
    let text = finding.rendered()
    guard isOn else { return text }
    let code =
      switch finding.severity {
      case .error: "31"
      case .warning: "33"
      case .note: "36"
      }
    let label = "\(finding.severity.rawValue)[\(finding.code.rawValue)]"
    guard let found = text.firstRange(of: label) else { return text }
    return text.replacingCharacters(in: found, with: "\u{1B}[1;\(code)m\(label)\u{1B}[0m")
  }
}

extension String {
  fileprivate func firstRange(of part: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
      start = index(after: start)
    }
    return nil
  }

  fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
