import CNNGraph
import CNNPlan

/// The kernels that a program calls, as C: those of this package where the compiler is clang, portable ones elsewhere,
/// each with just the functions that it needs.
///
/// The sources are those of `Sources/CNNKernels`, by their paths in it.
struct KernelText {
  private let sources: [String: String]

  init(_ sources: [String: String]) { self.sources = sources }

  /// Those that are inside this binary.
  static let shared = KernelText(
    Dictionary(uniqueKeysWithValues: KernelSources.texts.map { ($0.path, "\($0.text)") }))

  /// Everything that inference calls, and that has a portable form: other kernels train.
  static let kernels: [Kernel] = [
    .activation, .add, .batchNorm, .blocksFromPlanar, .channelAffine, .channelAffineBlocks, .conv2d,
    .conv2dBlocks,
    .conv2dDepthwise, .conv2dPlanar, .conv2dPoolSmall, .conv2dRows, .copy, .copyBlocks, .deconv2d, .dense,
    .fill, .lrn,
    .lrnBlocks, .multiply, .planarFromBlocks, .pool2d, .pool2dBlocks, .prelu, .rbf, .softmax, .unpool2d,
    .upsample2d,
    .winogradInput, .winogradOutput,
  ]

  /// Where a file is needed.
  struct Use: OptionSet, Hashable {
    let rawValue: Int
    static let vectors = Use(rawValue: 1)
    static let portable = Use(rawValue: 2)
  }

  /// A file and where it is needed, without what comes from elsewhere.
  struct Part {
    var path: String
    var use: Use
  }

  // MARK: - Which files

  /// The file that defines a kernel.
  private func path(of kernel: Kernel, in folders: [String]) -> String {
    let definition = "CNN_KERNEL(\(kernel.rawValue))"
    for folder in folders {
      let paths = sources.filter { $0.key.hasPrefix(folder) && $0.value.contains(definition) }.keys
      if let path = paths.min() { return path }
    }
    preconditionFailure("no source of the kernel \(kernel)")
  }

  /// Macros that say that portable/lanes.h stands in for a file, or another portable one does.
  private static let replaced: Set<String> = [
    "kernels/tile.h", "kernels/blocks.h", "kernels/sixteen.h", "kernels/pool2d_halve.h",
  ]

  /// What a file includes of the package, by path.
  private func includes(of path: String) -> [String] {
    let folder = path.split(separator: "/").dropLast().map(String.init)
    return text(of: path).split(separator: "\n").compactMap { line in
      guard line.hasPrefix("#include \"") else { return nil }
      var parts = folder
      for part in line.dropFirst(10).dropLast().split(separator: "/") {
        if part == ".." { parts.removeLast() } else { parts.append(String(part)) }
      }
      return parts.joined(separator: "/")
    }
  }

  private func text(of path: String) -> String {
    guard let text = sources[path] else { preconditionFailure("no source \(path)") }
    return text
  }

  /// All files of some kernels, each behind what it includes.
  func parts(of kernels: [Kernel]) -> [Part] {
    var roots = [
      Part(path: "kernels/denormals.h", use: [.vectors, .portable]),
      Part(path: "portable/lanes.h", use: .portable),
    ]
    for kernel in kernels {
      let vectors = path(of: kernel, in: ["kernels/"])
      let portable = path(of: kernel, in: ["portable/", "kernels/"])
      if text(of: portable).contains("\"../kernels/pool2d.h\"") || portable == "kernels/pool2d.h" {
        roots.append(Part(path: "portable/pool2d_halve.h", use: .portable))
      }
      roots += [Part(path: vectors, use: .vectors), Part(path: portable, use: .portable)]
    }
    return parts(roots)
  }

  /// All files of some kernels that make rows, which are portable.
  func parts(of kernels: [RowKernel]) -> [Part] {
    let paths = kernels.map { kernel in
      let definition = "static void cnn_rows_\(kernel.rawValue)(const "
      guard let file = sources.first(where: { $0.key.hasPrefix("rows/") && $0.value.contains(definition) })
      else { preconditionFailure("no source of the kernel \(kernel)") }
      return file.key
    }
    return parts((["kernels/denormals.h"] + paths).map { Part(path: $0, use: .portable) })
  }

  /// Some files and all that they include.
  private func parts(_ roots: [Part]) -> [Part] {
    var uses: [String: Use] = [:]
    var order: [String] = []
    var seen: Set<String> = []
    let beneathLanes = Set(["portable/lanes.h"] + includes(of: "portable/lanes.h"))
    func visit(_ path: String, _ use: Use) {
      if use == .portable && Self.replaced.contains(path) { return }
      if uses[path, default: []].isSuperset(of: use) { return }
      uses[path, default: []].formUnion(use)
      for included in includes(of: path) { visit(included, use) }
    }
    func place(_ path: String) {
      guard uses[path] != nil, seen.insert(path).inserted else { return }
      // Portable files may stand in for what a shared one includes.
      if uses[path] != .vectors, !beneathLanes.contains(path) { place("portable/lanes.h") }
      if path == "kernels/pool2d.h" { place("portable/pool2d_halve.h") }
      for included in includes(of: path) { place(included) }
      order.append(path)
    }
    for root in roots {
      for use in [Use.vectors, .portable] where root.use.contains(use) { visit(root.path, use) }
    }
    for root in roots { place(root.path) }
    return order.map { Part(path: $0, use: uses[$0] ?? []) }
  }

  /// Files that stand in no other's includes.
  private static let others = [
    "include/cnn_kernels.h", "kernels/registers_avx2.h", "kernels/registers_avx512.h",
    "kernels/registers_baseline.h",
  ]

  /// The paths of all files that any program may need, sorted.
  var paths: [String] {
    let parts = parts(of: Self.kernels) + parts(of: RowKernel.allCases)
    return Set(Self.others + parts.map(\.path)).sorted()
  }

  // MARK: - Which functions

  /// What registers an instruction set has, as macros.
  func registers(_ isa: String) -> String {
    text(of: "kernels/registers_\(isa).h").split(separator: "\n").filter { $0.hasPrefix("#") }.joined(
      separator: "\n")
  }

  /// The C of some kernels, which the statements `program` call.
  func text(of kernels: [Kernel], calledBy program: String) -> String {
    text(of: parts(of: kernels), calledBy: program)
  }

  /// The C of some kernels that make rows, which the statements `program` call.
  func text(of kernels: [RowKernel], calledBy program: String) -> String {
    // Nothing else is in it, so nothing has to be told apart.
    text(of: parts(of: kernels).map { Part(path: $0.path, use: [.vectors, .portable]) }, calledBy: program)
  }

  private func text(of parts: [Part], calledBy program: String) -> String {
    var items = parts.map { CItem.items(of: Self.stripped(text(of: $0.path))) }
    let needed = Self.needed(items.flatMap { $0 }, by: program)
    for index in items.indices {
      items[index].removeAll { if case .named(let name) = $0.kind { !needed.contains(name) } else { false } }
    }
    var lines = [declarations(for: needed)]
    var use: Use?
    for (part, items) in zip(parts, items) where !items.isEmpty {
      if part.use != use {
        if use == .vectors || use == .portable { lines.append("#endif\n") }
        if part.use == .vectors { lines.append("#if CNN_VECTORS\n") }
        if part.use == .portable { lines.append("#if !CNN_VECTORS\n") }
        use = part.use
      }
      lines += items.map(\.text)
    }
    if use == .vectors || use == .portable { lines.append("#endif\n") }
    return lines.joined(separator: "\n")
  }

  /// A file without its guard and its includes.
  private static func stripped(_ text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    lines.removeAll { $0.hasPrefix("#include") }
    if let guarded = lines.firstIndex(where: { $0.hasPrefix("#ifndef CNN_") && $0.hasSuffix("_H") }),
      let end = lines.lastIndex(of: "#endif")
    {
      lines.remove(at: end)
      lines.removeSubrange(guarded...guarded + 1)
    }
    // Guards of what a portable file stands in for.
    lines.removeAll { $0.hasPrefix("#define CNN_") && $0.hasSuffix("_H") }
    return lines.joined(separator: "\n")
  }

  /// The names that a program needs, directly or by way of what it calls.
  private static func needed(_ items: [CItem], by program: String) -> Set<String> {
    var needed = Set(CText.identifiers(in: program))
    var named: [String: [CItem]] = [:]
    var open = needed
    for item in items {
      if case .named(let name) = item.kind {
        named[name, default: []].append(item)
      } else {
        open.formUnion(item.references)
      }
    }
    needed.formUnion(open)
    while let name = open.popFirst() {
      for item in named[name] ?? [] {
        for other in item.references where needed.insert(other).inserted { open.insert(other) }
      }
    }
    return needed
  }

  // MARK: - Declarations

  /// Kernels' parameters and numbers, of cnn_kernels.h.
  private func declarations(for needed: Set<String>) -> String {
    let header = Self.stripped(text(of: "include/cnn_kernels.h"))
    let items = CItem.items(of: header.replacing("#ifdef __cplusplus\nextern \"C\" {\n#endif\n", with: ""))
    var fields: [String: String] = [:]
    var text: [String] = []
    var needed = needed
    for item in items {
      // What shares another kernel's structure stands behind it.
      let names = CText.identifiers(in: CText.withoutComments(item.text))
      if names.first == "CNN_SHARE_PARAMETERS", needed.contains("cnn_\(names[1])_parameters") {
        needed.insert("cnn_\(names[2])_parameters")
      }
    }
    for item in items {
      let code = CText.withoutComments(item.text)
      let names = CText.identifiers(in: code)
      if code.contains("enum {") {
        if names.contains(where: { needed.contains($0) }) { text.append(item.text) }
      } else if code.contains("} cnn_split;") {
        if needed.contains("cnn_split") { text.append(item.text) }
      } else if case .named(let name) = item.kind {
        fields[name] = code
      } else if code.contains("CNN_DECLARE_KERNEL("),
        needed.contains(where: { $0 == "cnn_\(names[1])_parameters" })
      {
        text.append(Self.structure(names[1], fields: fields[names[2]] ?? ""))
      } else if code.contains("CNN_SHARE_PARAMETERS("), needed.contains("cnn_\(names[1])_parameters") {
        text.append("typedef cnn_\(names[2])_parameters cnn_\(names[1])_parameters;\n")
      }
    }
    return text.joined(separator: "\n")
  }

  /// A kernel's parameters, from the macro that lists its fields.
  private static func structure(_ kernel: String, fields: String) -> String {
    let words = CText.identifiers(in: fields)
    let lines = zip(words, words.dropFirst()).dropFirst(4).compactMap { type, name in
      type == "INTEGER" ? "  int64_t \(name);" : type == "REAL" ? "  double \(name);" : nil
    }
    return (["typedef struct {"] + lines + ["} cnn_\(kernel)_parameters;", ""]).joined(separator: "\n")
  }
}
