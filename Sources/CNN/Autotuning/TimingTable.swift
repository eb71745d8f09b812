import CNNGraph
import CNNPasses
import CNNSpec

/// What was measured of convolutions on one machine, as it is stored between runs: JSON,
///
///     {"format": "cnnc autotune", "version": 1, "kernels": "1", "isa": "avx2", "processor": "AMD EPYC 25 1 1",
///      "nanoseconds": {"64x56x56 to 64x56x56 kernel 3x3 ... batch 1 threads 2": {"panels": 2200000, ...}}}
package struct TimingTable: Hashable, Sendable {
  /// What measurements are good for.
  package struct Origin: Hashable, Sendable {
    /// Of the kernels that were measured.
    package var kernels: String
    package var isa: String
    package var processor: String

    /// - Parameter kernels: left out for those of this build.
    package init(kernels: String = Self.builtKernels, isa: String, processor: String) {
      self.kernels = kernels
      self.isa = isa
      self.processor = processor
    }

    /// To be raised when a kernel of convolutions becomes faster or slower. Those of a debug build are others.
    package static var builtKernels: String {
      let version = "1"
      #if DEBUG
        return "\(version) debug"
      #else
        return version
      #endif
    }
  }

  /// Of the format.
  private static let version = 1
  private static let format = "cnnc autotune"

  package let origin: Origin
  /// Nanoseconds by site and threads, and by algorithm.
  private var nanoseconds: [String: [String: Int]] = [:]

  /// A table of nothing yet.
  package init(_ origin: Origin) { self.origin = origin }

  package var isEmpty: Bool { nanoseconds.isEmpty }

  /// Nanoseconds of a site's batch; positive.
  package subscript(site: ConvolutionSite, packing: WeightPacking?, threads threads: Int) -> Int? {
    get { nanoseconds[Self.key(site, threads)]?[Self.name(of: packing)] }
    set { nanoseconds[Self.key(site, threads), default: [:]][Self.name(of: packing)] = newValue }
  }

  private static func key(_ site: ConvolutionSite, _ threads: Int) -> String { "\(site) threads \(threads)" }

  private static func name(of packing: WeightPacking?) -> String {
    switch packing {
    case nil: "row-major"
    case .panels: "panels"
    case .planarPanels: "planar panels"
    case .depthwise: "depthwise"
    case .winograd(let tile): "winograd \(tile)x\(tile)"
    }
  }

  // MARK: Text

  package var json: JSONValue {
    let entries = nanoseconds.sorted { $0.key < $1.key }.map { key, times in
      (key, JSONValue.object(times.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.integer($0.value)) }))
    }
    return .object([
      "format": .string(Self.format), "version": .integer(Self.version), "kernels": .string(origin.kernels),
      "isa": .string(origin.isa), "processor": .string(origin.processor), "nanoseconds": .object(entries),
    ])
  }

  /// Why a text is no table of use.
  package enum Failure: Error, Hashable, Sendable {
    /// No table at all, and why.
    case broken(String)
    /// Another version's, or other kernels'.
    case outdated
    /// Another machine's or instruction set's.
    case foreign
  }

  /// Reads what ``json`` wrote.
  /// - Parameter origin: what the table has to be of.
  package init(_ text: SourceText, of origin: Origin) throws(Failure) {
    self.origin = origin
    let members: [String: DocumentValue]
    do throws(Diagnostics) {
      members = try DocumentReader.read(text).members ?? [:]
    } catch {
      throw .broken(error.all[0].message)
    }
    func says(_ key: String) -> String? { members[key]?.scalar?.text }
    guard says("format") == Self.format else { throw .broken("it does not say that it is a table") }
    guard says("version") == "\(Self.version)", says("kernels") == origin.kernels else { throw .outdated }
    guard says("isa") == origin.isa, says("processor") == origin.processor else { throw .foreign }
    guard let entries = members["nanoseconds"]?.members else { throw .broken("it has no measurements") }
    for (key, value) in entries {
      guard let times = value.members else { throw .broken("`\(key)` has no measurements") }
      for (name, time) in times {
        guard let time = time.scalar.flatMap({ Int($0.text) }), time > 0 else {
          throw .broken("`\(key)` has no time for `\(name)`")
        }
        nanoseconds[key, default: [:]][name] = time
      }
    }
  }
}

extension DocumentValue {
  /// The entries of a mapping; of a key that is there twice, the first.
  fileprivate var members: [String: DocumentValue]? {
    guard case .mapping(let entries) = content else { return nil }
    return Dictionary(entries.map { ($0.key.text, $0.value) }) { first, _ in first }
  }
}
