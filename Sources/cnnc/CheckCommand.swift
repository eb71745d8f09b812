import ArgumentParser
import CNN
import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check specs: every shape, parameter and multiplication.",
    discussion: "Exit code 1 if a spec is wrong; a family is right if any of its members is.")

  @Argument(help: "Files, names of shipped specs, or `-` for standard input.")
  var specs: [String]

  @Option(help: "Images of one run, for the arena's bytes.")
  var batch = 1

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if specs.isEmpty { throw ValidationError("name a spec") }
    if batch < 1 { throw ValidationError("a batch has at least one image") }
  }

  func run() throws {
    var documents: [JSONValue] = []
    var isOK = true
    for (index, name) in specs.enumerated() {
      var report: SpecReport
      do throws(Diagnostics) {
        report = try SpecLoader.source(name).report(where: common.values.values)
      } catch {
        report = SpecReport(name: name)
        report.diagnostics = error.all
      }
      var arenas: [Int?] = []
      for position in report.members.indices { arenas.append(arena(&report, position)) }
      isOK = isOK && report.isOK
      Console.report(report.allDiagnostics.filter { !common.quiet || $0.severity == .error })
      if common.json {
        documents.append(CheckDocument(report, arenas).json)
      } else {
        if index > 0 { Console.print("") }
        Console.print(CheckText(report, arenas, showsName: specs.count > 1).text)
      }
    }
    if common.json { Console.print((specs.count == 1 ? documents[0] : .array(documents)).text) }
    if !isOK { throw ExitStatus.wrongInput }
  }

  /// Bytes of a member's arena, or nil where it has errors.
  private func arena(_ report: inout SpecReport, _ member: Int) -> Int? {
    guard !Diagnostics(report.diagnostics).hasErrors, report.members[member].isOK,
      let network = report.members[member].network
    else { return nil }
    do throws(Diagnostics) {
      return try Planner.plan([Pass].inference(GraphBuilder.build(network)), batch: batch).arenaBytes
    } catch {
      report.members[member].diagnostics += error.all
      return nil
    }
  }
}

/// What `check` prints for people.
struct CheckText {
  private let report: SpecReport
  private let arenas: [Int?]
  private let showsName: Bool

  init(_ report: SpecReport, _ arenas: [Int?], showsName: Bool) {
    self.report = report
    self.arenas = arenas
    self.showsName = showsName
  }

  var text: String {
    if report.isFamily { return family }
    guard let member = report.members.first, let network = member.network else {
      return "\(report.name): \(report.isOK ? "nothing to show" : "wrong")"
    }
    var lines: [String] = []
    if showsName { lines.append("\(report.name)") }
    if let search = member.search { lines.append(sizes(search)) }
    lines.append(NetworkTable(network).text)
    if let arena = arenas[0] { lines.append(facts(network, arena: arena)) }
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
    let weights = network.layers.reduce(0) { $0 + $1.weights }
    let biases = network.layers.reduce(0) { $0 + $1.biases }
    var facts = "\(Figures.grouped(weights)) weights, \(Figures.grouped(biases)) biases"
    if network.totals.buffers > 0 { facts += ", \(Figures.grouped(network.totals.buffers)) buffers" }
    facts += "; parameters \(Figures.bytes(network.totals.parameters * 4))"
    return facts + ", arena \(Figures.bytes(arena))"
  }

  private var family: String {
    var table = TextTable([
      ("member", .left), ("fits", .left), ("output", .left), ("parameters", .right),
      ("multiplications", .right), ("arena", .right),
    ])
    for (member, arena) in zip(report.members, arenas) {
      let name = member.values.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
      guard member.isOK, let network = member.network else {
        let reason = member.diagnostics.first { $0.severity == .error }
        table.add([name, "no", reason.map { $0.code.rawValue } ?? "", "", "", ""])
        continue
      }
      table.add([
        name, "yes", network.shape(of: network.result)?.description ?? "?",
        Figures.grouped(network.totals.parameters), Figures.grouped(network.totals.multiplications),
        arena.map(Figures.bytes) ?? "",
      ])
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
