import CNN
import CNNSpec
import Foundation
import Testing

/// The code of the articles and of the README, run.
struct ArticleTests {
  private static let folder = Fixtures.root + "/specs"
  private static let image = folder + "/lenet5.png"
  private static let weights = WeightsSource.file(folder + "/lenet5.safetensors")

  private static func lenet5() throws -> Model { try Model(contentsOf: folder + "/lenet5.yaml") }

  // For its compiler only: the paths are those of the package's folder.
  private func landingPage() throws {
    let model = try Model(contentsOf: "specs/lenet5.yaml")
    print(model.summary)
    let network = try model.compile(weights: .file("specs/lenet5.safetensors"))
    var session = try network.makeSession()
    let scores = try session.run(model.input(fromImageAt: "specs/lenet5.png"))
    for best in model.ranking(of: scores, top: 3) { print(best.label, best.score) }
  }

  @Test func `reading and compiling`() throws {
    let folder = Self.folder
    let model = try Model(contentsOf: folder + "/lenet5.yaml")
    print(model.summary)
    for note in model.notes { print(note) }

    let network = try model.compile(weights: .file(folder + "/lenet5.safetensors"), threads: 2)
    print(network.input.shape, network.outputs[0].shape, network.arenaBytes)
    #expect(network.input.shape == [1, 1, 28, 28] && network.outputs[0].shape == [1, 10, 1, 1])
    #expect(network.arenaBytes > 784 * 4)
  }

  final class Classifier {
    private let model: Model
    private var session: InferenceSession
    private var scores: [Float]

    init(folder: String) throws {
      model = try Model(contentsOf: folder + "/lenet5.yaml")
      let network = try model.compile(weights: .file(folder + "/lenet5.safetensors"))
      session = try network.makeSession()
      scores = [Float](repeating: 0, count: network.outputs[0].count)
    }

    func label(ofImageAt path: String) throws -> String {
      let input = try model.input(fromImageAt: path)
      try session.run(input, into: &scores)
      return model.ranking(of: scores, top: 1)[0].label
    }
  }

  @Test func `a class that keeps a session`() throws {
    let classifier = try Classifier(folder: Self.folder)
    for _ in 0..<2 { #expect(try classifier.label(ofImageAt: Self.image) == "Ankle boot") }
  }

  @Test func `bytes and pixels`() throws {
    let model = try Self.lenet5()
    let bytes = try FileSystem.read(Self.image)
    let pixels = [UInt8](repeating: 0, count: 480 * 640 * 3)
    let fromFile = try model.input(fromEncodedImage: bytes)
    let fromCamera = try model.input(fromPixels: pixels, height: 480, width: 640, channels: 3)
    #expect(fromFile.count == 784 && fromCamera.count == 784)
  }

  @Test func `features beside scores`() throws {
    let model = try Self.lenet5()
    let weights = Self.weights
    let image = try model.input(fromImageAt: Self.image)
    let network = try model.compile(weights: weights, outputs: ["softmax1", "fc2"])
    var session = try network.makeSession()
    let scores = try session.run(image)
    let features = try session.output("fc2")
    #expect(scores.count == 10 && features.count == 84)
  }

  @Test func `a batch`() throws {
    let model = try Self.lenet5()
    let weights = Self.weights
    let paths = [Self.image, Self.image, Self.image]
    let network = try model.compile(weights: weights, batch: paths.count)
    var session = try network.makeSession()
    var images: [Float] = []
    for path in paths { images += try model.input(fromImageAt: path) }
    let scores = try session.run(images)
    let size = scores.count / paths.count
    for (index, path) in paths.enumerated() {
      let best = model.ranking(of: scores[index * size..<(index + 1) * size], top: 1)[0]
      print(path, best.label, best.score)
    }
    #expect(size == 10 && model.ranking(of: scores[20...], top: 1)[0].label == "Ankle boot")
  }

  func labels(ofImagesAt paths: [String], model: Model, network: CompiledNetwork) async throws -> [String] {
    let tasks = min(4, paths.count)
    return try await withThrowingTaskGroup(of: [(index: Int, label: String)].self) { group in
      for task in 0..<tasks {
        group.addTask {
          var session = try network.makeSession(threads: 1)
          var found: [(index: Int, label: String)] = []
          for index in stride(from: task, to: paths.count, by: tasks) {
            let scores = try session.run(model.input(fromImageAt: paths[index]))
            found.append((index, model.ranking(of: scores, top: 1)[0].label))
          }
          return found
        }
      }
      var labels = [String](repeating: "", count: paths.count)
      for try await part in group {
        for (index, label) in part { labels[index] = label }
      }
      return labels
    }
  }

  @Test(arguments: [0, 1, 6]) func `tasks with a session each`(count: Int) async throws {
    let model = try Self.lenet5()
    let network = try model.compile(weights: Self.weights)
    let paths = [String](repeating: Self.image, count: count)
    let found = try await labels(ofImagesAt: paths, model: model, network: network)
    #expect(found == [String](repeating: "Ankle boot", count: count))
  }

  actor Recognizer {
    private let model: Model
    private var session: InferenceSession

    init(_ model: Model, _ network: CompiledNetwork) throws {
      self.model = model
      session = try network.makeSession()
    }

    func label(of input: [Float]) throws -> String {
      model.ranking(of: try session.run(input), top: 1)[0].label
    }
  }

  @Test func `an actor with a session`() async throws {
    let model = try Self.lenet5()
    let recognizer = try Recognizer(model, model.compile(weights: Self.weights))
    #expect(try await recognizer.label(of: model.input(fromImageAt: Self.image)) == "Ankle boot")
  }

  @Test func `what an error tells`() {
    do {
      _ = try Model(
        text: "input: 1x28x28\nnetwork: conv(6, 5x5) - maxpool(5) - fc(10, colour=3)", name: "mine")
    } catch {
      print(error)
      for finding in error.all {
        print(finding.code.rawValue, finding.message)
        if case .text(let range) = finding.place {
          print("line", range.startPosition.line, "column", range.startPosition.column)
        }
        for remedy in finding.help { print("try:", remedy) }
      }
    }
    // The article shows what is printed.
    let shown = Self.blocks(of: "Sources/CNN/CNN.docc/Errors.md", language: "")
    let text = "input: 1x28x28\nnetwork: conv(6, 5x5) - maxpool(5) - fc(10, colour=3)"
    let error = #expect(throws: Diagnostics.self) { try Model(text: text, name: "mine") }
    #expect(shown.map { $0.joined(separator: "\n") } == [error?.description])
  }

  /// The blocks of code of an article.
  private static func blocks(of path: String, language: String) -> [[String]] {
    let text = (try? String(contentsOfFile: Fixtures.root + "/" + path, encoding: .utf8)) ?? ""
    var blocks: [[String]] = []
    var open: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") {
        open = open == nil ? String(line.dropFirst(3)) : nil
        if open == language { blocks.append([]) }
      } else if open == language {
        blocks[blocks.count - 1].append(line)
      }
    }
    return blocks
  }

  /// Code without spaces and ends of lines: it is broken in other places here.
  private static func squeezed(_ code: String) -> String { code.filter { !$0.isWhitespace } }

  @Test(arguments: [
    ("Sources/CNN/CNN.docc/CNN.md", 1), ("Sources/CNN/CNN.docc/RunANetworkInAnApp.md", 6),
    ("Sources/CNN/CNN.docc/ShareANetworkBetweenThreads.md", 2), ("Sources/CNN/CNN.docc/Errors.md", 1),
    ("README.md", 1),
  ])
  func `an article's code is the code of these tests`(path: String, count: Int) throws {
    let code = Self.squeezed(try String(contentsOfFile: #filePath, encoding: .utf8))
    // Manifests are not run here, and emitted types in the example app.
    let blocks = Self.blocks(of: path, language: "swift").filter { block in
      block.first != "// Package.swift" && !block.contains { $0.contains("LeNet5.") }
    }
    #expect(blocks.count == count)
    for block in blocks {
      let text = block.filter { $0 != "import CNN" }.joined(separator: "\n")
      #expect(!text.isEmpty && code.contains(Self.squeezed(text)), "\(path): \(text)")
    }
  }
}
