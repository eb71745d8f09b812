import CNNGraph

/// A graph for one batch size with everything decided: the order of kernel calls, and where in one arena
/// every value lies. All that the executor and the emitters see.
package struct ExecutionPlan: Sendable {
  /// A value and its place. As the caller fills or reads it, an activation of the whole batch; as a step writes
  /// it, of the images of its segment's first turn, where no later segment reads it.
  package struct Port: Sendable, Hashable {
    package var name: String
    package var type: TensorType
    /// An input lies densely, image behind image; an output may be a slice of something wider.
    package var operand: Operand
  }

  /// A tensor of the weights file that the program reads; `Location.parameter` counts these.
  package struct Parameter: Sendable, Hashable {
    package var name: String
    package var dimensions: [Int]

    package init(name: String, dimensions: [Int]) {
      self.name = name
      self.dimensions = dimensions
    }
  }

  /// The kernel calls of one node. A node whose output lies where its input lay needs none and is no step.
  package struct Step: Sendable, Hashable {
    package var name: String
    /// The node of the graph that it computes.
    package var node: NodeID
    package var layers: [String]
    /// The values that it reads, by name, parameters included.
    package var reads: [String]
    /// The values that it writes.
    package var outputs: [Port]
    package var scratchBytes: Int
    /// What it does for the whole batch.
    package var work: Work
    /// Its turns in `ExecutionPlan.turns`, one for each part of the batch.
    package var turns: [Int]

    package var writes: [String] { outputs.map(\.name) }
  }

  /// Steps that are computed one after the other for some images of the batch, then for the next ones.
  package struct Segment: Sendable, Hashable {
    package var steps: Range<Int>
    /// How many parts the batch has.
    package var turns: Int

    package init(steps: Range<Int>, turns: Int) {
      self.steps = steps
      self.turns = turns
    }

    /// The images of a part of a batch; parts are as equal as they can be.
    package func images(turn: Int, batch: Int) -> Range<Int> {
      let (quotient, rest) = batch.quotientAndRemainder(dividingBy: turns)
      func start(_ turn: Int) -> Int { turn * quotient + min(turn, rest) }
      return start(turn)..<start(turn + 1)
    }
  }

  /// The calls of one step for some images.
  package struct Turn: Sendable, Hashable {
    package var step: Int
    package var images: Range<Int>
    /// In `ExecutionPlan.calls`.
    package var calls: Range<Int>
  }

  /// What a step does for the whole batch, whichever kernels do it.
  package struct Work: Sendable, Hashable {
    /// Multiplications of convolutions and fully connected layers, and of their gradients; the largest
    /// integer where there are more.
    package var multiplications = 0
    /// Bytes of the activations that it reads, each once.
    package var readBytes = 0
    /// Bytes of the weights and constants that it reads, each once.
    package var weightBytes = 0
    /// Bytes that it writes, scratch memory not counted.
    package var writtenBytes = 0

    package var bytes: Int { readBytes + weightBytes + writtenBytes }

    package init() {}

    package static func += (a: inout Self, b: Self) {
      let (sum, overflows) = a.multiplications.addingReportingOverflow(b.multiplications)
      a.multiplications = overflows ? .max : sum
      a.readBytes += b.readBytes
      a.weightBytes += b.weightBytes
      a.writtenBytes += b.writtenBytes
    }
  }

  /// A piece of the arena and the steps, both ends included, for which it is taken.
  package struct Buffer: Sendable, Hashable {
    /// The value that spans all of it (others may be slices of it or come before it in the same place),
    /// or `NAME (scratch)`.
    package var name: String
    /// All values that lie in it at some time.
    package var values: [String]
    package var offset: Int
    /// Those of a segment's inner values are of the images of one turn only.
    package var bytes: Int
    package var firstStep: Int
    package var lastStep: Int
  }

  package var name: String
  package var batch: Int
  package var inputs: [Port] = []
  package var outputs: [Port] = []
  package var parameters: [Parameter] = []

  /// Calls that compute the constants from the parameters, once.
  package var prologue: [KernelCall] = []
  /// Calls that compute the outputs from the inputs.
  package var calls: [KernelCall] = []
  package var steps: [Step] = []
  /// All steps, in order.
  package var segments: [Segment] = []
  /// In the order in which they run.
  package var turns: [Turn] = []
  package var buffers: [Buffer] = []

  /// Bytes of the arena, which is aligned to ``ArenaPlanner/alignment``.
  package var arenaBytes = 0
  /// The most bytes that are in use at once: no placement of these buffers can need fewer.
  package var lowerBoundBytes = 0
  /// What the arena would take if every value had memory of its own.
  package var unsharedBytes = 0
  package var parameterBytes = 0
  package var constantBytes = 0

  package init(name: String, batch: Int) {
    self.name = name
    self.batch = batch
  }

  /// What all steps do.
  package var work: Work { steps.reduce(into: Work()) { $0 += $1.work } }

  /// The calls of a step's first turn.
  package func calls(of step: Step) -> ArraySlice<KernelCall> {
    step.turns.first.map { calls[turns[$0].calls] } ?? []
  }

  /// The kernels that a step calls for one turn, in order.
  package func kernels(of step: Step) -> [Kernel] { calls(of: step).map(\.kernel) }

  /// The last step that writes an output where it is read; nil where none computes it.
  package func step(writing output: Port) -> Int? {
    steps.lastIndex { step in
      step.outputs.contains { $0.name == output.name && $0.operand == output.operand }
    }
  }

  /// The most images that a segment computes at a time.
  package func imagesAtATime(_ segment: Segment) -> Int { segment.images(turn: 0, batch: batch).count }
}

extension CheckedNetwork {
  /// The tensors of its weights file, in the order of its layers.
  package var tensors: [ExecutionPlan.Parameter] {
    layers.flatMap { $0.parameters.map { .init(name: $0.name, dimensions: $0.spec.dimensions) } }
  }
}
