import CNNGraph
import CNNImport
import CNNSpec

/// Makes layers of the sections of a Darknet network.
enum GraphReader {
  /// - Throws: `model-file` for what is damaged and `unsupported-model` for what no layers can be made of, all of it.
  static func graph(
    of configuration: Configuration, _ weights: DarknetWeights? = nil
  ) throws(Diagnostics) -> ImportedGraph {
    guard let first = configuration.sections.first else {
      throw damaged(.file(configuration.text.name), "expected `[net]`, found no section")
    }
    guard SectionTable.network.contains(first.name) else {
      throw damaged(.text(first.range), "expected `[net]`, found `[\(first.name)]`")
    }
    guard configuration.sections.count > 1 else {
      throw damaged(.text(first.range), "expected layers behind `[net]`, found none")
    }
    var findings = DiagnosticCollector()
    var notes: [String] = []
    let reader = SectionReader(first, index: 0)
    let input = try? NetSection.input(reader)
    let builder = NetworkBuilder(input: input)
    gather(reader, NetSection.training, &findings, &notes)
    for (index, section) in configuration.sections.dropFirst().enumerated() {
      let reader = SectionReader(section, index: index)
      let rule = SectionTable.rules[section.name]
      do throws(Refusal) {
        guard let rule else { throw unknown(reader) }
        builder.current = try rule.apply(reader, builder)
      } catch {
        builder.current = .unknown
      }
      builder.values.append(builder.current)
      gather(reader, rule?.training ?? nil, &findings, &notes)
    }
    if findings.hasErrors { throw Diagnostics(findings.findings) }
    guard let input else { preconditionFailure("an input without a finding") }
    // Which may add layers.
    let outputs = outputs(of: builder)
    try weights?.fill(builder)
    var graph = ImportedGraph(input: input.shape, layers: builder.layers, outputs: outputs)
    graph.preprocessing = preprocessing(input, builder)
    graph.notes = notes
    return graph
  }

  private static func damaged(_ place: Diagnostic.Place, _ message: String) -> Diagnostics {
    Diagnostics(
      Diagnostic(.modelFile, message, at: place, help: ["is this a Darknet `.cfg` file of a network?"]))
  }

  private static func unknown(_ reader: SectionReader) -> Refusal {
    if SectionTable.network.contains(reader.section.name) {
      return reader.damaged("`[\(reader.section.name)]` is there twice")
    }
    return reader.refuse(SectionTable.reason(for: reader.section.name))
  }

  private static func gather(
    _ reader: SectionReader, _ training: Set<String>?, _ findings: inout DiagnosticCollector,
    _ notes: inout [String]
  ) {
    if let training { reader.finish(ignoring: training) }
    for finding in reader.findings { findings.report(finding) }
    notes += reader.notes
  }

  /// What enters the heads, and the last value unless a head comes last; each once, each a layer's.
  private static func outputs(of builder: NetworkBuilder) -> [ImportedLayer.Source] {
    var wanted = builder.outputs
    let last = builder.values.last { if case .loss = $0 { false } else { true } }
    if case .known(let activation)? = last { wanted.append(activation.source) }
    var known: Set<ImportedLayer.Source> = []
    return wanted.map { source in
      if case .layer = source, known.insert(source).inserted { return source }
      return builder.add(ImportedLayer("identity", of: [source], shape: builder.shape(of: source)))
    }
  }

  /// As Darknet reads images to test a classifier: the central square, resized; to detect, the whole image.
  private static func preprocessing(
    _ input: NetworkBuilder.Activation, _ builder: NetworkBuilder
  ) -> Preprocessing? {
    let shape = input.shape
    guard input.isImage, shape.channels == 1 || shape.channels == 3 else { return nil }
    var result = Preprocessing()
    if builder.outputs.isEmpty, shape.height == shape.width { result.resize = .shorterSide(shape.height) }
    if builder.isCentred {
      result.scale = 2.0 / 255
      result.mean = [1]
    }
    return result
  }
}
