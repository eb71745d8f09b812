import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec

/// Runs training steps of any batch size as ``TrainingPlans`` says, on tensors that the steps change.
///
/// Before a step the caller sets the tensors `TrainingStep.rate` and, where there is one,
/// `TrainingStep.random`, with the number of the first image 0.
package final class TrainingStepRunner {
  package let plans: TrainingPlans
  package let tensors: TrainingTensors
  private let arena: TrainingArena
  private var steps: [Int: PreparedStep]
  private let hasRandomNumbers: Bool
  private let pool: ThreadPool

  /// - Parameters:
  ///   - tensors: hold all of `plans.tensors`.
  ///   - threads: how many compute; the bits are the same.
  /// - Throws: `memory-limit` where this machine has not enough memory for the arena.
  package init(
    _ plans: TrainingPlans, on tensors: TrainingTensors, threads: Int = 1
  ) throws(Diagnostics) {
    let arena = try TrainingArena(bytes: plans.arenaBytes, batch: plans.batch)
    pool = try ThreadPool(threads: threads)
    let step = try PreparedStep(plans.step, tensors, arena, pool)
    self.plans = plans
    self.tensors = tensors
    self.arena = arena
    steps = [plans.batch: step]
    hasRandomNumbers = plans.controls.contains { $0.name == TrainingStep.random }
  }

  /// Plans steps of another batch size, the smaller last one of an epoch, so that no step throws later.
  /// - Throws: `memory-limit` where the size does not fit, or this machine has not enough memory.
  package func prepare(_ batch: Int) throws(Diagnostics) {
    if steps[batch] == nil {
      steps[batch] = try PreparedStep(try plans.plan(batch: batch), tensors, arena, pool)
    }
  }

  /// What is told of each of a step's plans' steps, where somebody wants to know: the place of its plan in
  /// `StepPlan.executions`, its own in that plan, and the seconds that it took.
  package typealias Observer = (_ plan: Int, _ step: Int, _ seconds: Double) -> Void

  /// Computes one step.
  /// - Parameters:
  ///   - images: `count` images, one behind the other.
  ///   - targets: their targets, as the loss takes them.
  ///   - number: the step's, from 1, for the diagnostics.
  ///   - observe: gets the time of everything that is computed; slower, by the clock's cost.
  /// - Returns: each image's loss, and what enters the loss, image behind image.
  /// - Throws: as ``prepare(_:)``, for a size that comes for the first time; `training-diverged` for a loss
  ///   that is not finite, before any weight has changed.
  package func run(
    images: [Float], targets: [Float], count: Int, number: Int, observe: Observer? = nil
  ) throws(Diagnostics) -> (losses: [Float], scores: [Float]) {
    try prepare(count)
    guard let step = steps[count] else { preconditionFailure("the step was prepared") }
    /// The observer of one of the plans.
    func observer(_ plan: Int) -> PlanRunner.Observer? {
      observe.map { observe in { step, seconds in observe(plan, step, seconds) } }
    }
    if step.plan.update == nil {
      return try step.first.run(images, targets, step: number, observer(0))
    }

    let parts = step.plan.parts
    let state = hasRandomNumbers ? RandomState(elements: tensors[TrainingStep.random].values) : nil
    var result: (losses: [Float], scores: [Float]) = ([], [])
    for part in 0..<parts.count {
      let range = parts.images(of: part)
      if var state {
        state.firstImage += UInt64(range.lowerBound)
        set(state)
      }
      let (losses, scores) = try step.session(part).run(
        images.images(range, of: count), targets.images(range, of: count), step: number, observer(part))
      result.losses += losses
      result.scores += scores
    }
    step.update?.run(observer(parts.count))
    if let state { set(state) }
    return result
  }

  private func set(_ state: RandomState) {
    tensors[TrainingStep.random] = NamedTensor(
      TrainingStep.random, RandomState.dimensions, state.elements)
  }
}

extension [Float] {
  /// Some images of a batch of `count`.
  fileprivate func images(_ range: Range<Int>, of count: Int) -> [Float] {
    precondition(self.count % count == 0, "\(self.count) elements for \(count) images")
    let size = self.count / count
    return Array(self[(range.lowerBound * size)..<(range.upperBound * size)])
  }
}

/// The sessions of a step of one batch size.
private final class PreparedStep {
  let plan: StepPlan
  let first: PlanRunner
  let others: [Int: PlanRunner]
  let update: PlanRunner?

  init(
    _ plan: StepPlan, _ tensors: TrainingTensors, _ arena: TrainingArena, _ pool: ThreadPool
  ) throws(Diagnostics) {
    self.plan = plan
    // A smaller batch whose buffers cannot be placed as tightly gets an arena of its own.
    let arena =
      plan.arenaBytes <= arena.bytes ? arena : try TrainingArena(bytes: plan.arenaBytes, batch: plan.batch)
    func runner(_ plan: ExecutionPlan) throws(Diagnostics) -> PlanRunner {
      try PlanRunner(plan, tensors, arena, pool)
    }
    first = try runner(plan.first)
    var others: [Int: PlanRunner] = [:]
    for (size, plan) in plan.others { others[size] = try runner(plan) }
    self.others = others
    update = try plan.update.map { (plan) throws(Diagnostics) in try runner(plan) }
  }

  /// What computes a part.
  func session(_ part: Int) -> PlanRunner {
    if part == 0 { return first }
    guard let session = others[plan.parts.images(of: part).count] else {
      preconditionFailure("every part has a plan")
    }
    return session
  }
}

/// A session that can be kept in a collection.
private final class PlanRunner {
  typealias Observer = (_ step: Int, _ seconds: Double) -> Void

  private var session: TrainingSession
  /// The plan's step that computes the loss; an update has none.
  private let lossStep: Int?

  init(
    _ plan: ExecutionPlan, _ tensors: TrainingTensors, _ arena: TrainingArena, _ pool: ThreadPool
  ) throws(Diagnostics) {
    lossStep = plan.outputs.first.flatMap { plan.step(writing: $0) }
    session = try TrainingSession(plan, on: tensors, in: arena, pool: pool)
  }

  func run(_ observe: Observer?) { run(steps: 0..<session.plan.steps.count, observe) }

  private func run(steps: Range<Int>, _ observe: Observer?) {
    guard let observe else { return session.run(steps: steps) }
    for step in steps {
      let begin = Stopwatch.monotonicSeconds()
      session.run(steps: step..<step + 1)
      observe(step, Stopwatch.monotonicSeconds() - begin)
    }
  }

  func run(
    _ images: [Float], _ targets: [Float], step: Int, _ observe: Observer?
  ) throws(Diagnostics) -> (losses: [Float], scores: [Float]) {
    guard let end = lossStep else { preconditionFailure("a step computes the loss") }
    session.copyInput(0, from: images)
    session.copyInput(1, from: targets)
    run(steps: 0..<end + 1, observe)
    let losses = session.output(0)
    guard losses.allSatisfy(\.isFinite) else {
      session.copyInput(0, from: images)
      session.copyInput(1, from: targets)
      throw Divergence.finding(&session, through: end, step: step)
    }
    run(steps: end + 1..<session.plan.steps.count, observe)
    return (losses, session.output(1))
  }
}
