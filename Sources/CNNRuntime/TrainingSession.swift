import CNNGraph
import CNNPlan
import CNNSpec

/// A training step that runs: its parameters in memory of its own, which the step changes, and its arena.
///
/// Plans of one step for several batch sizes may take turns: each runs on the same ``TrainingTensors``.
package struct TrainingSession: ~Copyable {
  package let plan: ExecutionPlan
  private let arena: Arena
  private let tensors: TrainingTensors
  private let program: KernelProgram

  /// - Parameter pool: the threads that compute; the caller alone without one.
  /// - Throws: `memory-limit` where this machine has not enough memory for the arena; `invalid-value` where
  ///   ``Machine/isa`` is not there.
  package init(
    _ plan: ExecutionPlan, on tensors: TrainingTensors, pool: ThreadPool? = nil
  ) throws(Diagnostics) {
    _ = try Machine.isa
    precondition(plan.constantBytes == 0 && plan.prologue.isEmpty, "a training step has no constants")
    let arena = try Arena(bytes: plan.arenaBytes, for: "a training step (batch \(plan.batch))")
    program = KernelProgram(plan.calls, pool: pool) { operand in
      switch operand.location {
      case .arena(let offset): arena.address.pointer + offset
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
    arena.write(elements, at: offset)
  }

  /// Computes the step: the tensors are then those after it.
  package mutating func run() { program.run() }

  /// Computes one of the plan's steps, for profiles: run all of them in order.
  package mutating func run(step: Int) { program.run(plan.steps[step].calls) }

  /// The whole batch of an output.
  package func output(_ index: Int) -> [Float] {
    let port = plan.outputs[index]
    guard case .arena(let offset) = port.operand.location else {
      preconditionFailure("outputs lie in the arena")
    }
    let stride = MemoryLayout<Float>.stride
    return (0..<plan.batch).flatMap { image in
      arena.address.advanced(by: offset + image * port.operand.imageStride * stride).floats(port.type.count)
    }
  }
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
