import CNNGraph
import CNNSpec
import Testing

@testable import CNNPlan

struct RowPlanTests {
  private static func plan(_ build: (inout GraphBuilder) -> ValueID) throws -> (
    whole: ExecutionPlan, rows: RowPlan
  ) {
    var builder = GraphBuilder()
    builder.output(build(&builder))
    return try Planner.planRows(builder.graph, batch: 1)
  }

  @Test func `a chain's arena is its rows, the input and the output being the caller's`() throws {
    let plan = try Self.plan { net in
      let a = net.conv(net.input(Shape(3, 32, 32)), 8, "a")
      return net.conv(net.conv(a, 16, "b"), 4, "c")
    }
    #expect(plan.rows.arenaBytes == 3 * 32 * 8 * 4 + 3 * 32 * 16 * 4)
    #expect(plan.rows.steps.map(\.operands[0].kept) == [3, 3, 32])
    #expect(plan.rows.steps[0].operands[1].memory == .input)
    #expect(plan.rows.steps[2].operands[0].memory == .output(index: 0))
    #expect(plan.rows.order.count == 3 * 32)
  }

  @Test func `where maps are small and channels many, they are kept whole and share memory`() throws {
    let plan = try Self.plan { net in
      var x = net.input(Shape(8, 4, 4))
      for index in 1...8 { x = net.conv(x, 64, "\(index)") }
      return net.dense(x, 10)
    }
    // Rows of all at once would be 3 of 4 rows of each.
    #expect(plan.rows.arenaBytes <= 2 * 64 * 4 * 4 * 4)
  }

  @Test func `a concatenation's parts lie in it`() throws {
    let plan = try Self.plan { net in
      let x = net.input(Shape(3, 8, 8))
      let joined = net.concat([net.conv(x, 8, "a"), net.conv(x, 16, "b")])
      return net.conv(joined, 4, "c")
    }
    let (a, b, c) = (
      plan.rows.steps[0].operands[0], plan.rows.steps[1].operands[0], plan.rows.steps[2].operands[1]
    )
    #expect(plan.rows.steps.count == 3)
    #expect(a.memory == c.memory && b.memory == c.memory)
    #expect((a.first, b.first, c.first) == (0, 8, 0))
    #expect(Set([a, b, c].map(\.pixel)) == [24])
  }
}
