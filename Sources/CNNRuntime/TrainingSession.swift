import CNNEmbedding
import CNNGraph
import CNNPlan
import CNNSpec

/// A training step that runs: its parameters in memory of its own, which the step changes, and its arena.
///
/// Plans of one step for several batch sizes may take turns: each runs on the same ``TrainingTensors``.
package struct TrainingSession: ~Copyable {
  package let plan: ExecutionPlan
  private let arena: TrainingArena
  private let tensors: TrainingTensors
  private let program: KernelProgram

  /// - Parameter pool: the threads that compute; the caller alone without one.
  /// - Throws: `memory-limit` where this machine has not enough memory for the arena; `invalid-value` where
  ///   ``Machine/isa`` is not there.
  package init(
    _ plan: ExecutionPlan, on tensors: TrainingTensors, pool: ThreadPool? = nil
  ) throws(Diagnostics) {
    let arena = try TrainingArena(bytes: plan.arenaBytes, batch: plan.batch)
    try self.init(plan, on: tensors, in: arena, pool: pool)
  }

  /// A session in an arena that others use too, each when no other has anything in it.
  package init(
    _ plan: ExecutionPlan, on tensors: TrainingTensors, in arena: TrainingArena, pool: ThreadPool? = nil
  ) throws(Diagnostics) {
    _ = try Machine.isa
    precondition(plan.constantBytes == 0 && plan.prologue.isEmpty, "a training step has no constants")
    precondition(plan.arenaBytes <= arena.memory.bytes, "the arena is too small")
    precondition(plan.turns.count == plan.steps.count, "images of a training step depend on each other")
    program = KernelProgram(plan.calls, pool: pool) { operand in
      switch operand.location {
      case .arena(let offset): arena.memory.address.pointer + offset
      case .parameter(let index): tensors.address(of: plan.parameters[index]).pointer
      case .constant: preconditionFailure("a training step has no constants")
      }
    }
    self.plan = plan
    self.arena = arena
    self.tensors = tensors
  }

  /// Copies the whole batch of an input, image behind image.
  package mutating func copyInput(_ index: Int, from elements: [Float]) {
    let port = plan.inputs[index]
    precondition(
      elements.count == plan.batch * port.type.count, "\(elements.count) elements for \(port.name)")
    guard case .arena(let offset) = port.operand.location else {
      preconditionFailure("inputs lie in the arena")
    }
    arena.memory.write(elements, at: offset)
  }

  /// Computes the step: the tensors are then those after it.
  package mutating func run() { program.run() }

  /// Computes some of the plan's steps; the others keep what they had.
  package mutating func run(steps: Range<Int>) {
    guard let first = steps.first.map({ plan.turns[$0] }), let last = steps.last.map({ plan.turns[$0] })
    else {
      return
    }
    program.run(first.calls.lowerBound..<last.calls.upperBound)
  }

  /// The whole batch of an output.
  package func output(_ index: Int) -> [Float] { values(of: plan.outputs[index]) }

  /// Whether all elements of a parameter are finite.
  package func isFinite(_ parameter: String) -> Bool { tensors[parameter].values.allSatisfy(\.isFinite) }

  /// What lies at a place now.
  package func values(of port: ExecutionPlan.Port) -> [Float] {
    let stride = MemoryLayout<Float>.stride
    let count = port.type.count
    switch port.operand.location {
    case .arena(let offset):
      let start = arena.memory.address.advanced(by: offset)
      guard port.type.isBatched else { return start.floats(count) }
      return (0..<plan.batch).flatMap { image in
        start.advanced(by: image * port.operand.imageStride * stride).floats(count)
      }
    case .parameter(let index): return tensors[plan.parameters[index].name].values
    case .constant: preconditionFailure("a training step has no constants")
    }
  }
}

/// Memory for what the sessions of one training step compute, of which one runs at a time.
package final class TrainingArena {
  fileprivate let memory: Arena

  /// - Parameter batch: images of a step, for the finding that this machine has not enough memory.
  package init(bytes: Int, batch: Int) throws(Diagnostics) {
    memory = try Arena(bytes: bytes, for: "a training step (batch \(batch))")
  }

  package var bytes: Int { memory.bytes }
}

/// The tensors that a training step reads and changes, by name.
package final class TrainingTensors {
  private let memory: Arena
  private let places: [String: (offset: Int, dimensions: [Int])]
  /// In the order in which they were given.
  package let names: [String]

  package init(_ tensors: [NamedTensor]) throws(Diagnostics) {
    let sizes = tensors.map { ArenaPlanner.aligned($0.values.count * MemoryLayout<Float>.stride) ?? .max }
    memory = try Arena(bytes: sizes.reduce(0, +), for: "weights and optimizer state")
    var places: [String: (offset: Int, dimensions: [Int])] = [:]
    var offset = 0
    for (tensor, size) in zip(tensors, sizes) {
      precondition(places[tensor.name] == nil, "two tensors \(tensor.name)")
      memory.write(tensor.values, at: offset)
      places[tensor.name] = (offset, tensor.dimensions)
      offset += size
    }
    self.places = places
    names = tensors.map(\.name)
  }

  func address(of parameter: ExecutionPlan.Parameter) -> Address {
    guard let place = places[parameter.name], place.dimensions == parameter.dimensions else {
      preconditionFailure("the step's tensor \(parameter.name) is not there")
    }
    return memory.address.advanced(by: place.offset)
  }

  /// A tensor, or one whose elements are changed.
  package subscript(name: String) -> NamedTensor {
    get {
      guard let place = places[name] else { preconditionFailure("no tensor \(name)") }
      let count = place.dimensions.reduce(1, *)
      return NamedTensor(name, place.dimensions, memory.address.advanced(by: place.offset).floats(count))
    }
    set {
      guard let place = places[name], place.dimensions == newValue.dimensions else {
        preconditionFailure("no tensor \(name) \(newValue.dimensions)")
      }
      memory.write(newValue.values, at: place.offset)
    }
  }
}
