import Testing

@testable import CNNTrain

struct EpochOrderTests {
  private let indices = (0..<1000).map { 3 * $0 + 1 }

  @Test func `an epoch has every image once, in an order of its own`() {
    let order = EpochOrder(indices: indices, seed: 9)
    let epochs = (0..<5).map { order(epoch: $0) }
    #expect(epochs.allSatisfy { $0.sorted() == indices })
    #expect(Set(epochs + [indices]).count == 6)
  }

  @Test func `seed and epoch alone decide`() {
    let order = EpochOrder(indices: indices, seed: 9)
    #expect(order(epoch: 3) == EpochOrder(indices: indices, seed: 9)(epoch: 3))
    #expect(order(epoch: 3) != EpochOrder(indices: indices, seed: 10)(epoch: 3))
    #expect(EpochOrder(indices: [5], seed: 1)(epoch: 0) == [5])
    #expect(EpochOrder(indices: [], seed: 1)(epoch: 0) == [])
  }
}
