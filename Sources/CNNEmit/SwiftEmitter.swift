import CNNSpec

/// Writes a network as a Swift type.
package struct SwiftEmitter {
  let emission: Emission

  package static func emit(_ emission: Emission) -> [EmittedFile] {
    let emitter = SwiftEmitter(emission: emission)
    return [EmittedFile(name: "\(emission.identifier).swift", text: emitter.constants)]
  }

  private var constants: String {
    let (plan, network) = (emission.plan, emission.network)
    let input = network.input
    return """
      public struct \(emission.identifier): ~Copyable {
        public static let inputShape = [\(input.channels), \(input.height), \(input.width)]
        public static let arenaBytes = \(plan.arenaBytes)
        public static let parameterCount = \(network.totals.parameters)
        public static let multiplications = \(network.totals.multiplications)
      }

      """
  }
}
