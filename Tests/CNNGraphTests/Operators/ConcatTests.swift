import CNNGraph
import Testing

struct ConcatTests {
  @Test(
    arguments: [
      ([Shape(1, 2, 3)], Shape(1, 2, 3)), ([Shape(1, 2, 3), Shape(4, 2, 3), Shape(2, 2, 3)], Shape(7, 2, 3)),
      ([], nil), ([Shape(1, 2, 3), Shape(1, 3, 2)], nil), ([Shape(Int.max, 1, 1), Shape(1, 1, 1)], nil),
    ] as [([Shape], Shape?)])
  func shapes(inputs: [Shape], expected: Shape?) {
    #expect(Concat().outputShape(for: inputs) == expected)
  }

  @Test func `channels behind one another, free of charge`() {
    let a = Tensor<Double>([2, 1, 1, 2], [1, 2, 3, 4])
    let b = Tensor<Double>([2, 2, 1, 2], [5, 6, 7, 8, 9, 10, 11, 12])
    let y = Concat().evaluate([a, b], parameters: [])
    #expect(y == Tensor([2, 3, 1, 2], [1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12]))
    #expect(Concat().cost(for: [a.shape, b.shape], output: y.shape) == Cost())
  }

  @Test func `an input that lies at its slice is not copied`() {
    let inputs = [Shape(1, 2, 3), Shape(4, 2, 3), Shape(2, 2, 3)]
    let output = Shape(7, 2, 3)
    func calls(batch: Int, second: Operand) -> [Operand?] {
      Concat().lower(site(batch: batch, inputs: inputs, output: output, inputPlaces: [1: second]))
        .map { $0.operands[1] }
    }
    let atSlice = Operand(.arena(offset: 24), imageStride: 42)
    let others = [1000, 3000].map { Operand(.arena(offset: $0), imageStride: $0 == 1000 ? 6 : 12) }
    #expect(calls(batch: 2, second: atSlice) == others)
    let elsewhere = Operand(.arena(offset: 20), imageStride: 42)
    #expect(calls(batch: 2, second: elsewhere) == [others[0], elsewhere, others[1]])
    let otherImages = Operand(.arena(offset: 24), imageStride: 24)
    #expect(calls(batch: 2, second: otherImages) == [others[0], otherImages, others[1]])
    #expect(calls(batch: 1, second: otherImages) == others)
  }
}
