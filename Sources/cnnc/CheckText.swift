import CNN
import CNNGraph
import CNNSpec

/// What `check` prints for people.
struct CheckText {
  private let report: SpecReport
  private let memory: [MemberMemory]
  private let showsName: Bool

  init(_ report: SpecReport, _ memory: [MemberMemory], showsName: Bool) {
    self.report = report
    self.memory = memory
    self.showsName = showsName
  }

  var text: String {
    if report.isFamily { return family }
    // Ten thousand rows of a repeat that is too long would hide the finding.
    let isCut = report.allDiagnostics.contains { $0.code == .layerLimit }
    guard let member = report.members.first, let network = member.network, !isCut else {
      return "\(report.name): \(report.isOK ? "nothing to show" : "wrong")"
    }
    var lines: [String] = []
    if showsName { lines.append("\(report.name)") }
    if let search = member.search { lines.append(sizes(search)) }
    lines.append(LayerTable(network).text)
    if let arena = memory[0].arena { lines += ["", facts(network, arena: arena)] }
    lines += memory[0].training?.lines ?? []
    return lines.joined(separator: "\n")
  }

  private func sizes(_ search: InputSearch) -> String {
    if search.legal.isEmpty { return "no square input fits" }
    if search.exact.isEmpty {
      return "no square input fits exactly; with rounding: \(InputSearch.text(search.legal))"
    }
    return "square inputs that fit exactly: \(InputSearch.text(search.exact))\nthe first of them:"
  }

  private func facts(_ network: CheckedNetwork, arena: Int) -> String {
    let totals = network.totals
    let weights = network.layers.reduce(0) { $0 + $1.weights }
    let biases = network.layers.reduce(0) { $0 + $1.biases }
    var counts = "\(Figures.grouped(weights)) weights, \(Figures.grouped(biases)) biases"
    if totals.buffers > 0 { counts += ", \(Figures.grouped(totals.buffers)) buffers" }
    return [
      "parameters       \(Figures.grouped(totals.parameters)): \(counts)",
      "multiplications  \(Figures.grouped(totals.multiplications)) an image",
      "memory           parameters \(Figures.bytes(totals.parameters * 4)), arena \(Figures.bytes(arena))",
    ].joined(separator: "\n")
  }

  /// Whether a member fits, or which inputs fit it.
  private func fits(_ member: SpecReport.Member) -> String {
    guard let search = member.search else { return "yes" }
    return InputSearch.text(search.exact.isEmpty ? search.legal : search.exact).shortened(to: 30)
  }

  private var family: String {
    let showsTraining = memory.contains { $0.training != nil }
    var columns: [(String, TextTable.Alignment)] = [
      ("member", .left), ("fits", .left), ("output", .left), ("parameters", .right),
      ("multiplications", .right), ("arena", .right),
    ]
    if showsTraining { columns.append(("training step", .right)) }
    var table = TextTable(columns)
    for (member, memory) in zip(report.members, memory) {
      let name = member.values.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
      guard member.isOK, let network = member.network else {
        let reason = member.diagnostics.first { $0.severity == .error }
        let cells = [name, "no", reason.map { $0.code.rawValue } ?? ""]
        table.add(cells + Array(repeating: "", count: columns.count - cells.count))
        continue
      }
      let cells = [
        name, fits(member), network.shape(of: network.result)?.description ?? "?",
        Figures.grouped(network.totals.parameters), Figures.grouped(network.totals.multiplications),
        memory.arena.map(Figures.bytes) ?? "",
      ]
      let training = memory.training.map { Figures.bytes($0.plans.totalBytes) } ?? ""
      table.add(showsTraining ? cells + [training] : cells)
    }
    let fitting = report.members.count(where: \.isOK)
    var lines = [table.text, "\(fitting) of \(report.members.count) members fit"]
    if let wrong = report.members.first(where: { !$0.isOK }),
      let reason = wrong.diagnostics.first(where: { $0.severity == .error })
    {
      let name = wrong.values.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
      lines.append("\(name): \(reason.message)")
    }
    return lines.joined(separator: "\n")
  }
}
