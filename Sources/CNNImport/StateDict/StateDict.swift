import CNNGraph
import CNNPlan
import CNNProtobuf
import CNNRuntime
import CNNSpec

/// PyTorch's `state_dict`, saved as safetensors: the tensors of modules, each under the path that the module has in the
/// Python program: `layer1.0.conv1.weight`.
package struct StateDict {
  /// The tensors of one module.
  package struct Module: Sendable {
    package var path: String
    /// By what stands behind the path: `weight`, `bias`, `running_mean`, `running_var`.
    package var tensors: [String: SafetensorsFile.Tensor]
  }

  /// How modules come to be layers: one after the other, in an order that is
  package enum Order: String, CaseIterable, Sendable {
    /// the file's, or where the file has them in the order of the alphabet, as Python writes them, that of their names,
    /// numbers as numbers.
    case order
    /// that in which torchvision's networks are defined.
    case torchvision
  }

  /// The types of elements that become float32.
  package static let elementTypes = Set(["F32"] + FloatFormat.safetensors.keys)

  package let file: SafetensorsFile
  /// In the file's order.
  private let modules: [Module]

  /// - Parameter file: opened for `elementTypes`.
  package init(_ file: SafetensorsFile) {
    self.file = file
    var modules: [Module] = []
    var places: [String: Int] = [:]
    for tensor in file.tensors {
      let parts = tensor.name.split(separator: ".", omittingEmptySubsequences: false)
      let path = parts.dropLast().joined(separator: ".")
      let place = places[path, default: modules.count]
      if place == modules.count {
        modules.append(Module(path: path, tensors: [:]))
        places[path] = place
      }
      modules[place].tensors[String(parts[parts.count - 1])] = tensor
    }
    self.modules = modules
  }

  /// The modules in an order.
  /// - Returns: also those that no network for inference has: the paths of auxiliary heads.
  /// - Throws: `weights-mismatch` with the names that torchvision does not have.
  package func modules(by order: Order) throws(Diagnostics) -> (modules: [Module], leftOut: [String]) {
    switch order {
    case .order:
      if !isAlphabetic { return (modules, []) }
      let keys = modules.map { NaturalOrder($0.path) }
      return (modules.indices.sorted { keys[$0] < keys[$1] }.map { modules[$0] }, [])
    case .torchvision:
      var found: [(place: [Int], module: Module)] = []
      var leftOut: [String] = []
      var unknown: [String] = []
      for module in modules {
        switch TorchvisionName(module.path) {
        case .place(let place): found.append((place, module))
        case .auxiliary: leftOut.append(module.path)
        case nil: unknown.append(module.path)
        }
      }
      guard unknown.isEmpty else {
        throw mismatch(
          "\(unknown.count) of \(modules.count) modules have no name of torchvision's networks",
          unknown.map { $0.isEmpty ? "a tensor without a module" : $0 })
      }
      found.sort { $0.place.lexicographicallyPrecedes($1.place) }
      return (found.map(\.module), leftOut)
    }
  }

  /// Whether the file's order says nothing: tensors of one type follow the alphabet.
  private var isAlphabetic: Bool {
    let names = Dictionary(grouping: file.tensors, by: \.elementType).values.map { $0.map(\.name) }
    return names.allSatisfy { names in
      zip(names, names.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }

  /// A copy of a tensor's elements.
  package func values(of tensor: SafetensorsFile.Tensor) -> [Float] {
    guard let format = FloatFormat.safetensors[tensor.elementType] else { return file.values(of: tensor) }
    return format.floats(ByteSlice(file.bytes(of: tensor)))
  }

  func mismatch(_ message: String, _ lines: [String]) -> Diagnostics {
    Diagnostics(
      Diagnostic(.weightsMismatch, message, at: .file(file.path), help: Findings.listed(lines)))
  }
}

/// A name whose digits are compared as numbers: `features.2` comes before `features.10`.
struct NaturalOrder: Comparable {
  private enum Part: Comparable {
    /// Without zeros in front, so that more digits are a larger number.
    case number(count: Int, digits: String)
    case text(String)
  }

  private let parts: [Part]
  private let name: String

  init(_ name: String) {
    self.name = name
    var parts: [Part] = []
    var rest = name[...]
    while let first = rest.first {
      let isNumber = first.isASCII && first.isNumber
      let part = rest.prefix { ($0.isASCII && $0.isNumber) == isNumber }
      rest = rest[part.endIndex...]
      let digits = part.drop { $0 == "0" }
      parts.append(isNumber ? .number(count: digits.count, digits: String(digits)) : .text(String(part)))
    }
    self.parts = parts
  }

  static func < (left: Self, right: Self) -> Bool {
    if left.parts == right.parts { return left.name < right.name }
    return left.parts.lexicographicallyPrecedes(right.parts)
  }
}
