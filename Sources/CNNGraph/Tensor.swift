#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Numbers with dimensions, row-major: what the naive references compute with.
package struct Tensor<Scalar: ReferenceScalar>: Hashable, Sendable {
  package var dimensions: [Int]
  package var elements: [Scalar]

  package init(_ dimensions: [Int], _ elements: [Scalar]) {
    precondition(dimensions.reduce(1, *) == elements.count, "\(dimensions) are not \(elements.count)")
    self.dimensions = dimensions
    self.elements = elements
  }

  package init(zeros dimensions: [Int]) {
    self.init(dimensions, [Scalar](repeating: 0, count: dimensions.reduce(1, *)))
  }

  /// The images of a batch and the shape of one.
  package var batch: Int { dimensions[0] }
  package var shape: Shape { Shape(dimensions[1], dimensions[2], dimensions[3]) }

  /// A batch of activations, each element computed from its image, channel, row and column.
  package init(
    batch: Int, _ shape: Shape, _ element: (_ n: Int, _ c: Int, _ y: Int, _ x: Int) -> Scalar
  ) {
    var elements: [Scalar] = []
    elements.reserveCapacity(batch * shape.count)
    for n in 0..<batch {
      for c in 0..<shape.channels {
        for y in 0..<shape.height {
          for x in 0..<shape.width { elements.append(element(n, c, y, x)) }
        }
      }
    }
    self.init([batch, shape.channels, shape.height, shape.width], elements)
  }

  /// The element of an activation.
  package subscript(n: Int, c: Int, y: Int, x: Int) -> Scalar {
    get { elements[((n * dimensions[1] + c) * dimensions[2] + y) * dimensions[3] + x] }
    set { elements[((n * dimensions[1] + c) * dimensions[2] + y) * dimensions[3] + x] = newValue }
  }

  /// Calls `body` for each place of an activation, row-major.
  package func forEachElement(_ body: (_ n: Int, _ c: Int, _ y: Int, _ x: Int) -> Void) {
    for n in 0..<batch {
      for c in 0..<dimensions[1] {
        for y in 0..<dimensions[2] {
          for x in 0..<dimensions[3] { body(n, c, y, x) }
        }
      }
    }
  }

  package func mapElements(_ transform: (Scalar) -> Scalar) -> Self {
    Self(dimensions, elements.map(transform))
  }
}

/// Float and Double with the functions that activations need.
package protocol ReferenceScalar: BinaryFloatingPoint, Sendable {
  static func exp(_ x: Self) -> Self
  static func log(_ x: Self) -> Self
  static func tanh(_ x: Self) -> Self
  static func erf(_ x: Self) -> Self
  static func pow(_ x: Self, _ y: Self) -> Self
}

extension Double: ReferenceScalar {
  package static func exp(_ x: Double) -> Double { cExp(x) }
  package static func log(_ x: Double) -> Double { cLog(x) }
  package static func tanh(_ x: Double) -> Double { cTanh(x) }
  package static func erf(_ x: Double) -> Double { cErf(x) }
  package static func pow(_ x: Double, _ y: Double) -> Double { cPow(x, y) }
}

extension Float: ReferenceScalar {
  package static func exp(_ x: Float) -> Float { Float(Double.exp(Double(x))) }
  package static func log(_ x: Float) -> Float { Float(Double.log(Double(x))) }
  package static func tanh(_ x: Float) -> Float { Float(Double.tanh(Double(x))) }
  package static func erf(_ x: Float) -> Float { Float(Double.erf(Double(x))) }
  package static func pow(_ x: Float, _ y: Float) -> Float { Float(Double.pow(Double(x), Double(y))) }
}

// Inside the extensions above, the bare names would find the members.
private func cExp(_ x: Double) -> Double { exp(x) }
private func cLog(_ x: Double) -> Double { log(x) }
private func cTanh(_ x: Double) -> Double { tanh(x) }
private func cErf(_ x: Double) -> Double { erf(x) }
private func cPow(_ x: Double, _ y: Double) -> Double { pow(x, y) }
