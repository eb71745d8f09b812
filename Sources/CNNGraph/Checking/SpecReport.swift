import CNNSpec

/// All that can be said of a spec: one report for a single network, one for each member of a family.
package struct SpecReport: Sendable {
  package struct Member: Sendable {
    /// The values that make this member; empty for a single network.
    package var values: Family.Member
    package var spec: Spec
    /// Nil where nothing could be expanded.
    package var network: CheckedNetwork?
    /// The sizes that fit, where the spec asks for them.
    package var search: InputSearch?
    package var diagnostics: [Diagnostic]
    /// What it took to expand it, for the family's limit.
    fileprivate var steps = 0

    package var isOK: Bool {
      guard let network, network.isComplete else { return false }
      return !diagnostics.contains { $0.severity == .error }
    }
  }

  package var name: String
  package var isFamily = false
  package var members: [Member] = []
  /// What is wrong with the spec as a whole; the members have their own findings.
  package var diagnostics: [Diagnostic] = []

  package init(name: String) { self.name = name }

  /// Whether the spec, or any member of the family, is without errors.
  package var isOK: Bool {
    !diagnostics.contains { $0.severity == .error } && members.contains(where: \.isOK)
  }

  /// Every finding in the order of the text, last how many more there are; a family's members have their own.
  package var allDiagnostics: [Diagnostic] {
    let all = isFamily ? diagnostics : diagnostics + members.flatMap(\.diagnostics)
    func offset(_ finding: Diagnostic) -> Int {
      if finding.code == .moreFindings { return Int.max }
      return if case .text(let range) = finding.place { range.start } else { -1 }
    }
    return all.enumerated().sorted { (offset($0.element), $0.offset) < (offset($1.element), $1.offset) }
      .map(\.element)
  }

  /// Reads and checks a spec.
  /// - Parameters:
  ///   - values: what `--where` says: entries of the spec's `where` to set, which may make a family
  ///     smaller or choose one member.
  ///   - classFile: reads the lines of a file that `classes` names.
  package static func check(
    _ text: SourceText, where values: Family.Member = [],
    classFile: (String) throws(FileError) -> [UInt8]
  ) -> SpecReport {
    var report = SpecReport(name: SpecReader.stem(text.name))
    var diagnostics = DiagnosticCollector()
    report.fill(text, values, classFile, &diagnostics)
    // A single network's member goes on counting where this left off, and says it.
    report.diagnostics =
      report.isFamily || report.members.isEmpty ? diagnostics.findings : diagnostics.all
    return report
  }

  /// Reads, chooses and checks the members; stops where nothing more can be told.
  private mutating func fill(
    _ text: SourceText, _ values: Family.Member, _ classFile: (String) throws(FileError) -> [UInt8],
    _ diagnostics: inout DiagnosticCollector
  ) {
    let document: DocumentValue
    do throws(Diagnostics) {
      document = try DocumentReader.read(text)
    } catch {
      for finding in error.all { diagnostics.report(finding) }
      return
    }
    guard var spec = SpecReader.read(document, &diagnostics) else { return }
    name = spec.name
    spec.loadClasses(classFile, &diagnostics)
    let whole = Family(spec)
    guard whole.accepts(values, &diagnostics) else { return }
    let family = Family(whole.fixing(values))
    isFamily = !family.axes.isEmpty
    guard let values = family.members(&diagnostics) else { return }
    var steps = 0
    var budget = InputSearch.budget
    for member in values {
      // What is wrong with the text is wrong with every member: say it once.
      var own = isFamily ? DiagnosticCollector() : diagnostics
      let result = Self.check(family.fixing(member), values: isFamily ? member : [], &budget, &own)
      steps += result.steps
      members.append(result)
      if budget < 0, isFamily { break }
      if steps > SpecLimits.familySteps {
        diagnostics.error(
          .familyLimit, "the family takes more than \(SpecLimits.familySteps) steps to expand",
          at: family.axes[0].range, help: ["make the ranges shorter"])
        break
      }
    }
    if !isFamily, !members.isEmpty {
      let known = Set(diagnostics.all)
      members[0].diagnostics.removeAll { known.contains($0) }
    }
  }

  private static func check(
    _ spec: Spec, values: Family.Member, _ budget: inout Int, _ diagnostics: inout DiagnosticCollector
  ) -> Member {
    let network = Expander.expand(spec, &diagnostics)
    var member = Member(values: values, spec: spec, network: nil, search: nil, diagnostics: [])
    var input: Shape?
    if spec.input.asks {
      if !diagnostics.hasErrors {
        member.search = InputSearch.search(spec, network, budget: &budget, &diagnostics)
        let size = member.search.flatMap { $0.exact.first ?? $0.legal.first }
        input = size.map { Shape(spec.input.channels, spec.input.height ?? $0, spec.input.width ?? $0) }
      }
    } else if let height = spec.input.height, let width = spec.input.width {
      input = Shape(spec.input.channels, height, width)
    }
    if let input { member.network = Checker.check(spec, network, input: input, &diagnostics) }
    member.diagnostics = diagnostics.findings
    member.steps = network.steps
    return member
  }

  /// The one network that a command works on.
  /// - Throws: every error; what to choose, where the spec is a family or asks for a size.
  package func single() throws(Diagnostics) -> (network: CheckedNetwork, notes: [Diagnostic]) {
    if diagnostics.contains(where: { $0.severity == .error }) || members.isEmpty {
      throw Diagnostics(allDiagnostics)
    }
    let member = members[0]
    if isFamily {
      let example = member.values.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
      throw Diagnostics(
        Diagnostic(
          .chooseMember, "`\(name)` is a family of \(members.count) networks: choose one",
          at: .file(member.spec.text.name), help: ["for example `--where \(example)`"]))
    }
    if let search = member.search, !search.legal.isEmpty {
      let sizes = InputSearch.text(search.exact.isEmpty ? search.legal : search.exact)
      throw Diagnostics(
        Diagnostic(
          .chooseMember, "the input's size is a question: give one", at: member.spec.input.range,
          help: ["sizes that fit: \(sizes)"]))
    }
    guard member.isOK, let network = member.network else { throw Diagnostics(allDiagnostics) }
    return (network, allDiagnostics)
  }
}

extension InputSearch {
  /// `32, 64 to 1024 in steps of 32`
  package static func text(_ numbers: [Int]) -> String {
    runs(numbers).map { run in
      if run.first == run.last { return "\(run.first)" }
      if run.last == run.first + run.step { return "\(run.first), \(run.last)" }
      return "\(run.first) to \(run.last)" + (run.step == 1 ? "" : " in steps of \(run.step)")
    }.joined(separator: ", ")
  }
}
