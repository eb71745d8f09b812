import CNNEmbedding
import CNNGraph
import CNNPlan
import CNNSpec

/// Weights as one plan reads them: the parameters in its order, and the constants that its prologue
/// computed from them. Shared by the sessions of all threads.
package final class BoundWeights: Sendable {
  private let weights: Weights
  private let parameters: [Address]
  private let constants: Arena
  private let prologue: [KernelCall]
  private let names: [ExecutionPlan.Parameter]

  /// Constants below which starting threads takes longer than computing them.
  private static let sharedBytes = 1 << 20

  /// Finds the plan's parameters and computes its constants. What is read for these only is given back to the system.
  /// - Parameter threads: how many compute where there are many constants, the one that calls being one of them.
  /// - Throws: `weights-mismatch` where tensors are missing or have other dimensions (others are no
  ///   matter: a pass may have removed what read them), `memory-limit`, `invalid-value` where
  ///   ``Machine/isa`` is not there or the system refuses the threads.
  package init(_ weights: Weights, for plan: ExecutionPlan, threads: Int = 1) throws(Diagnostics) {
    _ = try Machine.isa
    try weights.check(against: plan.parameters, ignoring: { _ in true })
    let constants = try Arena(bytes: plan.constantBytes, for: "constants")
    let parameters = plan.parameters.compactMap { weights.address(of: $0.name) }
    let isShared = threads != 1 && plan.constantBytes >= Self.sharedBytes
    let pool = isShared ? try ThreadPool(threads: threads) : nil
    let program = KernelProgram(plan.prologue, pool: pool) { operand in
      switch operand.location {
      case .parameter(let index): parameters[index].pointer
      case .constant(let offset): constants.address.pointer + offset
      case .arena: preconditionFailure("the prologue has no arena")
      }
    }
    program.run()
    weights.giveBack(plan.packedParameters)
    self.weights = weights
    self.parameters = parameters
    self.constants = constants
    prologue = plan.prologue
    names = plan.parameters
  }

  /// Whether a plan reads the same parameters and constants, as those of one graph for several batch sizes do.
  package func fits(_ plan: ExecutionPlan) -> Bool {
    plan.parameters == names && plan.prologue == prologue && plan.constantBytes == constants.bytes
  }

  /// A number of elements from a parameter or a constant on, as the plan's calls read them.
  package func values(at location: Location, count: Int) -> [Float] {
    let start: Address =
      switch location {
      case .parameter(let index): parameters[index]
      case .constant(let offset): constants.address.advanced(by: offset)
      case .arena: preconditionFailure("weights are not in the arena")
      }
    let floats = start.pointer.assumingMemoryBound(to: Float.self)
    return Array(UnsafeBufferPointer(start: floats, count: count))
  }

  /// Where an operand outside the arena lies.
  func address(of location: Location, arena: Address) -> Address {
    switch location {
    case .arena(let offset): arena.advanced(by: offset)
    case .parameter(let index): parameters[index]
    case .constant(let offset): constants.address.advanced(by: offset)
    }
  }
}

extension ExecutionPlan {
  /// The names of the parameters that constants are computed from, and that neither a step nor an output reads.
  fileprivate var packedParameters: Set<String> {
    func read(_ operands: [Operand?]) -> Set<Int> {
      Set(operands.compactMap { if case .parameter(let index) = $0?.location { index } else { nil } })
    }
    let packed = read(prologue.flatMap(\.operands))
    let kept = read(calls.flatMap(\.operands) + outputs.map(\.operand))
    return Set(packed.subtracting(kept).map { parameters[$0].name })
  }
}
