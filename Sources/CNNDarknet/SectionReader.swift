import CNNSpec

/// Why a section becomes no layer.
enum Refusal: Error {
  /// What is wrong with it has been noted.
  case noted
  /// A value that it reads could not be made, which has been noted there.
  case dependent
}

/// Reads the options of one section and gathers what is wrong with them.
final class SectionReader {
  let section: Configuration.Section
  /// Which of the layers it is, from 0, as `from` and `layers` count.
  let index: Int
  private(set) var findings: [Diagnostic] = []
  private(set) var notes: [String] = []
  private var read: Set<String> = []

  /// Sizes in Darknet are C's integers.
  static let sizes = 1...Int(Int32.max)

  init(_ section: Configuration.Section, index: Int) {
    self.section = section
    self.index = index
  }

  /// - Parameter option: the one that it is about; the section if left out.
  func note(_ text: String, at option: Configuration.Option? = nil) {
    let range = option?.range ?? section.range
    notes.append("\(range.text.name):\(range.line): \(text)")
  }

  // MARK: Findings

  /// What is wrong with the file.
  func damaged(_ message: String, at option: Configuration.Option? = nil, help: String...) -> Refusal {
    findings.append(Diagnostic(.modelFile, message, at: option?.range ?? section.range, help: help))
    return .noted
  }

  /// What a spec cannot say.
  func refuse(_ reason: String, at option: Configuration.Option? = nil, help: String...) -> Refusal {
    let message = "[\(section.name)] cannot be imported: \(reason)"
    findings.append(Diagnostic(.unsupportedModel, message, at: option?.range ?? section.range, help: help))
    return .noted
  }

  /// - Throws: where something is wrong with the options that were read.
  func check() throws(Refusal) { if !findings.isEmpty { throw .noted } }

  // MARK: Options

  /// The first option of a name, which is the one that counts.
  func option(_ name: String) -> Configuration.Option? {
    read.insert(name)
    return section.options.first { $0.name == name }
  }

  /// A number without what somebody noted behind it, of which C reads nothing.
  private func number(_ value: String) -> Substring { value.prefix { $0 != "#" && $0 != ";" } }

  func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int> = sizes) -> Int {
    guard let option = option(name) else { return fallback }
    if let value = Int(number(option.value)), range.contains(value) { return value }
    _ = damaged(
      "`\(name)` is `\(option.value)`, expected an integer from \(range.lowerBound) to \(range.upperBound)",
      at: option, help: "left out, it is \(fallback)")
    return fallback
  }

  func flag(_ name: String) -> Bool {
    integer(name, default: 0, in: Int(Int32.min)...Int(Int32.max)) != 0
  }

  func real(_ name: String, default fallback: Double) -> Double {
    guard let option = option(name) else { return fallback }
    if let value = Double(number(option.value)), value.isFinite { return value }
    _ = damaged(
      "`\(name)` is `\(option.value)`, expected a number", at: option, help: "left out, it is \(fallback)")
    return fallback
  }

  /// The layers that an option lists: from 0, or from this one backwards.
  func layers(_ name: String) -> [Int] {
    guard let option = option(name) else {
      _ = damaged("`\(name)` is missing", help: "write `\(name)=-2`, which is the layer before the last one")
      return []
    }
    var layers: [Int] = []
    for part in number(option.value).split(separator: ",", omittingEmptySubsequences: false) {
      let known = 0..<index
      guard let written = Int(part), written >= -index, written < index else {
        _ = damaged(
          "`\(name)` says `\(part)`, and there are the layers \(known.isEmpty ? "none" : "0 to \(index - 1)") before it",
          at: option, help: "-1 is the layer before this one")
        return []
      }
      layers.append(written < 0 ? index + written : written)
    }
    return layers
  }

  /// Refuses an option that is not what it would be if it were left out.
  func requireDefault(_ name: String, _ reason: String, neutral: Double = 0) {
    guard let option = option(name) else { return }
    if Double(number(option.value)) != neutral {
      _ = refuse("`\(name)=\(option.value)`: \(reason)", at: option)
    }
  }

  // MARK: The rest

  /// Looks at the options that no rule has read: one that would change the numbers is refused, others mean nothing for
  /// inference.
  func finish(ignoring training: Set<String>) {
    var first: [String: String] = [:]
    for option in section.options {
      if let value = first[option.name] {
        if value != option.value, read.contains(option.name) {
          note("`\(option.name)` is there twice, the first one counts", at: option)
        }
        continue
      }
      first[option.name] = option.value
      if read.contains(option.name) || training.contains(option.name) { continue }
      if let neutral = OptionNames.changing[option.name] {
        if option.value != neutral {
          _ = refuse("`\(option.name)=\(option.value)` is not understood", at: option)
        }
      } else if !OptionNames.common.contains(option.name) {
        note("`\(option.name)` means nothing to [\(section.name)]", at: option)
      }
    }
  }
}

enum OptionNames {
  /// What every section may have, for training.
  static let common: Set<String> = [
    "truth", "onlyforward", "stopbackward", "dontsave", "learning_rate", "smooth",
  ]

  /// What changes the results, in this Darknet or one that came from it, and how it is written where it changes nothing.
  static let changing: [String: String] = [
    "dontload": "0", "numload": "0", "dontloadscales": "0", "antialiasing": "0", "share_index": "0",
    "stride_x": "", "stride_y": "", "dilation": "1", "groups": "1", "group_id": "0", "weights_type": "none",
    "weights_normalization": "none", "maxpool_depth": "0", "assisted_excitation": "0", "deform": "0",
    "coordconv": "0",
  ]
}
