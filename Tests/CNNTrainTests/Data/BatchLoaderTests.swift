import CNNImages
import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNTrain

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct BatchLoaderTests {
  /// All batches of a run, by epochs.
  private func run(_ loader: BatchLoader, epochs: Int, recycles: Bool = true) throws -> [[TrainingBatch]] {
    var result: [[TrainingBatch]] = []
    for _ in 0..<epochs {
      var batches: [TrainingBatch] = []
      while let batch = try loader.next() {
        batches.append(batch)
        // What the test keeps must not change when the loader uses the memory again.
        if recycles { loader.recycle(batch) }
      }
      result.append(batches)
    }
    #expect(try loader.next() == nil && loader.next() == nil, "nothing comes after the last epoch")
    return result
  }

  @Test func `an epoch is every image once, in its order, with its label`() throws {
    let dataset = TestDataset(count: 20)
    let indices = (0..<20).filter { $0 % 4 != 0 }
    let loader = try BatchLoader(
      dataset.source(indices: indices), batch: 4, seed: 8, epochs: 3, readers: 2)
    let epochs = try run(loader, epochs: 3)
    for (epoch, batches) in epochs.enumerated() {
      let order = EpochOrder(indices: indices, seed: 8)(epoch: epoch)
      #expect(batches.map(\.range) == [0..<4, 4..<8, 8..<12, 12..<15])
      #expect(batches.allSatisfy { $0.epoch == epoch && $0.count == $0.labels.count })
      #expect(batches.flatMap(\.labels) == order.map { $0 % 3 })
      let expected = order.flatMap { index in (0..<16).map { Float(TestDataset.byte(index, $0)) } }
      let isExpected = batches.flatMap(\.images) == expected
      #expect(isExpected, "other values, epoch \(epoch)")
    }
  }

  @Test(arguments: [1, 2, 3, 8, 20], [true, false])
  func `readers change nothing, and neither does recycling`(readers: Int, recycles: Bool) throws {
    let dataset = TestDataset(count: 50, side: 9)
    let source = try dataset.source(AugmenterTests.every(3), seed: 5)
    let one = try run(BatchLoader(source, batch: 7, seed: 1, epochs: 4, readers: 1), epochs: 4)
    let more = try run(
      BatchLoader(source, batch: 7, seed: 1, epochs: 4, readers: readers), epochs: 4, recycles: recycles)
    let isSame = more == one
    #expect(isSame)
  }

  @Test func `a run resumes anywhere with the same bits`() throws {
    let dataset = TestDataset(count: 23, side: 9)
    let source = try dataset.source(AugmenterTests.every(3))
    let whole = try run(BatchLoader(source, batch: 5, seed: 1, epochs: 3, readers: 2), epochs: 3)
    for (epoch, batch) in [(0, 0), (0, 3), (1, 0), (1, 4), (2, 1), (2, 5), (1, 5)] {
      let position = min(23, batch * 5)
      let loader = try BatchLoader(
        source, batch: 5, seed: 1, epochs: 3, epoch: epoch, position: position, readers: 2)
      #expect(loader.epoch == epoch && loader.position == position)
      let rest = try run(loader, epochs: 3 - epoch)
      let isSame = rest == [Array(whole[epoch].dropFirst(batch))] + whole[(epoch + 1)...]
      #expect(isSame, "\(epoch), \(batch)")
    }
    let finished = try BatchLoader(source, batch: 5, seed: 1, epochs: 3, epoch: 3, readers: 1)
    #expect(try finished.next() == nil)
  }

  @Test func `readers go into the next epoch, and not too far`() throws {
    let dataset = TestDataset(count: 8)
    let loader = try BatchLoader(dataset.source(), batch: 4, seed: 1, epochs: 100, readers: 2)
    // One image is looked at before; then three batches are read without being asked for.
    try wait(for: 13, in: dataset)
    #expect(try loader.next()?.range == 0..<4)
    try wait(for: 17, in: dataset)
    #expect(try loader.next()?.range == 4..<8 && loader.next() == nil)
    #expect(try loader.next()?.epoch == 1)
  }

  /// Waits until so many images were read, and sees that no more are.
  private func wait(for count: Int, in dataset: TestDataset) throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(20)
    while dataset.readCount < count, clock.now < end { sched_yield() }
    for _ in 0..<1000 { sched_yield() }
    #expect(dataset.readCount == count)
  }

  @Test func `a consumer that stops early leaves no reader behind`() throws {
    let dataset = TestDataset(count: 1000)
    for batches in [0, 1, 2, 7] {
      var loader: BatchLoader? = try BatchLoader(dataset.source(), batch: 10, seed: 1, epochs: 9, readers: 3)
      for _ in 0..<batches { _ = try loader?.next() }
      loader = nil
      let reads = dataset.readCount
      for _ in 0..<1000 { sched_yield() }
      #expect(dataset.readCount == reads, "a reader still runs")
    }
    let loader = try BatchLoader(dataset.source(), batch: 10, seed: 1, epochs: 9, readers: 3)
    loader.cancel()
    loader.cancel()
  }

  @Test(arguments: [1, 2, 5]) func `an image that cannot be read comes out in its turn`(readers: Int) throws {
    let dataset = TestDataset(count: 40, isInMemory: false, broken: 17)
    let loader = try BatchLoader(dataset.source(), batch: 5, seed: 3, epochs: 2, readers: readers)
    let place = try #require(EpochOrder(indices: Array(0..<40), seed: 3)(epoch: 0).firstIndex(of: 17))
    for _ in 0..<place / 5 { #expect(try loader.next()?.count == 5) }
    for _ in 0..<2 {
      let error = #expect(throws: Diagnostics.self) { try loader.next() }
      #expect(error?.all.map(\.message) == ["image 17 is broken"])
    }
  }

  @Test func `a folder with a broken file names it`() throws {
    let folder = try TemporaryFolder()
    for name in ["cat/1.ppm", "dog/1.ppm"] {
      try folder.write(name, Array("P6\n1 1\n255\n".utf8) + [1, 2, 3])
    }
    let path = try folder.write("dog/2.png", [0x89] + Array("PNG\r\n".utf8) + [0x1A, 0x0A, 1, 2, 3])
    let dataset = try Datasets.open(folder.path, split: .train)
    let source = BatchLoader.Source(
      dataset: dataset, labels: dataset.labels, indices: [0, 1, 2],
      preprocessor: try Preprocessor(Preprocessing(), channels: 3, height: 1, width: 1),
      augmenter: Augmenter([], seed: 1))
    let loader = try BatchLoader(source, batch: 3, seed: 1, epochs: 1, readers: 2)
    let error = #expect(throws: Diagnostics.self) { try loader.next() }
    #expect(error?.all.map(\.place) == [.file(path)] && error?.all.first?.code == .inputFile)
  }
}
