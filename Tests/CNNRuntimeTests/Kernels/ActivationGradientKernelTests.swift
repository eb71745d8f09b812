import CNNGraph
import Testing

struct ActivationGradientKernelTests {
  @Test(arguments: ActivationKernelTests.all)
  func `the kernel computes the reference, in the place of either operand too`(activation: Activation) throws
  {
    for shape in [Shape(1, 1, 9), Shape(3, 5, 7), Shape(17, 4, 4)] {
      let types = [TensorType.activation(shape), .activation(shape)]
      for inPlace in [nil, 0, 1] {
        try KernelChecker.check(
          operator: ActivationGradient(activation), inputs: types, inPlace: inPlace,
          inputTransform: { $0 == 1 ? $1 * 8 : $1 })
      }
    }
  }
}
