import CNNGraph
import Testing

struct FoldBatchNormKernelTests {
  @Test(
    arguments: [
      (.weight(channelAxis: 0, groups: 1), [17, 3, 3, 3], 17),
      (.weight(channelAxis: 0, groups: 1), [15, 40], 15),
      (.weight(channelAxis: 1, groups: 1), [3, 16, 2, 2], 16),
      (.weight(channelAxis: 1, groups: 3), [6, 5, 3, 1], 15),
      (.bias(hasBias: true), [17], 17), (.bias(hasBias: false), [3], 3), (.scale, [16], 16), (.shift, [1], 1),
    ] as [(FoldBatchNorm.Result, [Int], Int)])
  func `the kernel computes the reference`(result: FoldBatchNorm.Result, dimensions: [Int], channels: Int) {
    let op = FoldBatchNorm(result, epsilon: 1e-3)
    let statistics = (0..<4).map { index in
      let values = KernelChecker.numbers(UInt64(index), channels)
      return Tensor([channels], index == 3 ? values.map { abs($0) + 0.01 } : values)
    }
    let count = dimensions.reduce(1, *)
    let tensor = op.changesTensor ? [Tensor(dimensions, KernelChecker.numbers(9, count))] : []
    let parameters = tensor + statistics
    let expected = op.evaluateAll(
      [], parameters: parameters.map { Tensor($0.dimensions, $0.elements.map(Double.init)) })[0]

    var memory = KernelChecker.Memory()
    let operands = parameters.map { memory.place($0.elements, images: 1) }
    let output = memory.place([Float](repeating: .nan, count: count), images: 1)
    let before = memory.elements
    memory.run(
      op.lower(
        CallSite(
          batch: 3, inputTypes: [], parameterTypes: parameters.map { .parameter($0.dimensions) },
          outputTypes: [.parameter(dimensions)], inputs: [], parameters: operands, outputs: [output])))

    let start = memory.index(of: output, image: 0)
    for (index, value) in expected.elements.enumerated() {
      // Computed in double and rounded once.
      #expect(memory.elements[start + index] == Float(value), "\(result) at \(index)")
    }
    #expect(memory.elements[..<start] == before[..<start])
    #expect(memory.elements[(start + count)...] == before[(start + count)...])
  }
}
