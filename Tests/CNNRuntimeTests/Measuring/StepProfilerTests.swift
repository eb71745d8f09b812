import CNNPlan
import Testing

@testable import CNNRuntime

struct StepProfilerTests {
  @Test func `each step of a plan has a row, whose time is the passes' median`() throws {
    let plan = try SessionTests.bound(batch: 2).plan
    var profiler = StepProfiler([plan])
    for pass in [3.0, 1, 2] {
      profiler.beginPass()
      for step in plan.steps.indices { profiler.add(plan: 0, step: step, seconds: pass * Double(step + 1)) }
    }
    #expect(profiler.rows.map(\.name) == plan.steps.map(\.name))
    #expect(profiler.rows.map(\.seconds) == plan.steps.indices.map { 2 * Double($0 + 1) })
    #expect(profiler.rows.map(\.work) == plan.steps.map(\.work))
    #expect(profiler.rows.allSatisfy { $0.turns == 1 })
    #expect(profiler.rows.map(\.kernels) == plan.steps.map { plan.kernels(of: $0) })
  }

  @Test func `steps of one name in several plans are one row, in one plan two`() throws {
    var plan = try SessionTests.bound(batch: 1).plan
    plan.steps.append(plan.steps[0])
    var other = plan
    other.steps = [plan.steps[1]]
    var profiler = StepProfiler([plan, other])
    #expect(profiler.rows.count == plan.steps.count)
    profiler.beginPass()
    for step in plan.steps.indices { profiler.add(plan: 0, step: step, seconds: 1) }
    profiler.add(plan: 1, step: 0, seconds: 5)
    #expect(profiler.rows.map(\.seconds) == plan.steps.indices.map { $0 == 1 ? 6 : 1 })
    let work = plan.steps[1].work
    #expect(profiler.rows[1].work.multiplications == 2 * work.multiplications)
    #expect(profiler.rows[1].work.bytes == 2 * work.bytes && work.bytes > 0)
    #expect(profiler.rows[0].name == profiler.rows[plan.steps.count - 1].name)
  }
}
