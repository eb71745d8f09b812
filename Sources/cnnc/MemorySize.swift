import ArgumentParser
import CNNSpec

/// An amount of memory as the command line says it: `512MB`, `2GiB`, `1.5GB`, `1500000`.
///
/// KB, MB, GB and TB are powers of 1000, KiB, MiB, GiB and TiB of 1024, however they are capitalised; without
/// a unit it is bytes. A part of a byte is left out.
struct MemorySize: ExpressibleByArgument, Equatable {
  var bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  /// Nil where the text is no such amount, none at all, or more than 63 bits of bytes.
  init?(argument: String) {
    let number = argument.prefix { ("0"..."9").contains($0) || $0 == "." }
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }), number.utf8.count <= 19,
      let unit = Self.unit(argument[number.endIndex...].uppercased()), let digits = Int(parts.joined())
    else { return nil }
    let scale = parts.count == 2 ? parts[1].reduce(1) { value, _ in value * 10 } : 1
    let (high, low) = digits.multipliedFullWidth(by: unit)
    guard high < scale else { return nil }
    let (bytes, _) = UInt(scale).dividingFullWidth((UInt(high), low))
    guard bytes > 0, let bytes = Int(exactly: bytes) else { return nil }
    self.bytes = bytes
  }

  private static func unit(_ name: String) -> Int? {
    if name.isEmpty || name == "B" { return 1 }
    guard let power = ["K", "M", "G", "T"].firstIndex(of: String(name.prefix(1))) else { return nil }
    let base: Int
    switch name.dropFirst() {
    case "B": base = 1000
    case "IB": base = 1024
    default: return nil
    }
    return (0...power).reduce(1) { value, _ in value * base }
  }

  var defaultValueDescription: String { "\(bytes)" }
}

/// What plans and checks of training steps take.
struct TrainingOptions: ParsableArguments {
  @Flag(help: "A training step, forward, backward and update, instead of inference.")
  var training = false

  @Option(help: "Memory that it must fit into: 512MB, 2GiB, or bytes.")
  var memory: MemorySize?
}
