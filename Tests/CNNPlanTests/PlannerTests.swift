import CNNGraph
import CNNSpec
import Testing

@testable import CNNPlan

struct PlannerTests {
  /// The plan of what `build` returns, checked by its own report.
  static func plan(
    batch: Int = 2, sourceLocation: SourceLocation = #_sourceLocation,
    _ build: (inout GraphBuilder) -> ValueID
  ) throws -> ExecutionPlan {
    var builder = GraphBuilder()
    builder.output(build(&builder))
    let plan = try Planner.plan(builder.graph, batch: batch)
    checkReport(plan, sourceLocation: sourceLocation)
    return plan
  }

  /// No two buffers that live at the same time share bytes, and all lie in the arena.
  static func checkReport(_ plan: ExecutionPlan, sourceLocation: SourceLocation = #_sourceLocation) {
    for (i, a) in plan.buffers.enumerated() {
      #expect(a.offset % 64 == 0 && a.offset + a.bytes <= plan.arenaBytes, sourceLocation: sourceLocation)
      for b in plan.buffers[..<i] where a.firstStep <= b.lastStep && b.firstStep <= a.lastStep {
        let apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset
        #expect(apart, "\(a) and \(b)", sourceLocation: sourceLocation)
      }
    }
    #expect(plan.arenaBytes >= plan.lowerBoundBytes, sourceLocation: sourceLocation)
    #expect(plan.arenaBytes <= plan.unsharedBytes, sourceLocation: sourceLocation)
  }

  static func names(_ plan: ExecutionPlan) -> [String] { plan.steps.map(\.name) }

  @Test func `a chain takes its two largest neighbours, activations none`() throws {
    let plan = try Self.plan(batch: 1) { net in
      var x = net.input(Shape(3, 8, 8))
      x = net.relu(net.conv(x, 16, "a"), "ra")
      x = net.relu(net.conv(x, 16, "b"), "rb")
      return net.dropout(net.flatten(x))
    }
    #expect(Self.names(plan) == ["a", "ra", "b", "rb"])
    #expect(plan.arenaBytes == 2 * 16 * 64 * 4)
    #expect(plan.buffers.map(\.name) == ["input", "a", "b"])
    #expect(plan.buffers[2].values == ["b", "rb", "reshape5", "dropout6"])
    #expect(plan.parameters.map(\.name) == ["a.weight", "a.bias", "b.weight", "b.bias"])
    #expect(plan.parameterBytes == (27 * 16 + 16 + 9 * 256 + 16) * 4)
  }

  @Test func `steps know what they do for the whole batch`() throws {
    let plan = try Self.plan(batch: 2) { net in
      let x = net.input(Shape(3, 4, 4))
      let a = net.conv(x, 2, "a")
      let sum = net.add(a, a)
      return net.dense(sum, 5)
    }
    let work = plan.steps.map(\.work)
    #expect(work.map(\.multiplications) == [2 * 16 * 2 * 27, 0, 2 * 32 * 5])
    // Images of 48, 32 and 5 floats; what is read twice is counted once.
    #expect(work.map(\.readBytes) == [2 * 48 * 4, 2 * 32 * 4, 2 * 32 * 4])
    #expect(work.map(\.weightBytes) == [(54 + 2) * 4, 0, (160 + 5) * 4])
    #expect(work.map(\.writtenBytes) == [2 * 32 * 4, 2 * 32 * 4, 2 * 5 * 4])
    #expect(plan.work.multiplications == 2 * 16 * 2 * 27 + 2 * 32 * 5)
    #expect(plan.work.bytes == work.reduce(0) { $0 + $1.bytes })
  }

  @Test func `work beyond all integers is the largest one`() {
    var work = ExecutionPlan.Work()
    work.multiplications = .max - 1
    var sum = work
    sum += work
    #expect(sum.multiplications == .max)
  }

  @Test func `branches are produced in their slices`() throws {
    let plan = try Self.plan { net in
      let x = net.input(Shape(3, 4, 4))
      let a = net.relu(net.conv(x, 2, "a"), "ra")
      let b = net.relu(net.conv(x, 5, "b"), "rb")
      return net.concat([a, b], "join")
    }
    #expect(Self.names(plan) == ["a", "ra", "b", "rb"])
    #expect(plan.buffers.map(\.name) == ["input", "join"])
    #expect(plan.outputs[0].operand.imageStride == 7 * 16)
  }

  @Test func `a dense block has one buffer and no copies`() throws {
    let plan = try Self.plan { net in
      var x = net.conv(net.input(Shape(3, 4, 4)), 8, "stem")
      for layer in 0..<6 {
        let y = net.conv(net.conv(x, 16, kernel: 1), 4, "grow\(layer)")
        x = net.concat([x, y], "join\(layer)")
      }
      return x
    }
    #expect(plan.steps.allSatisfy { !$0.name.hasPrefix("join") })
    #expect(plan.calls.allSatisfy { $0.kernel != .copy })
    let block = try #require(plan.buffers.first { $0.name == "join5" })
    #expect(block.bytes == 2 * (8 + 6 * 4) * 16 * 4)
  }

  @Test func `lists of values that grow share their memory too`() throws {
    let plan = try Self.plan { net in
      let stem = net.conv(net.input(Shape(3, 4, 4)), 8)
      var features = [stem]
      for layer in 0..<5 {
        let all = features.count == 1 ? stem : net.concat(features, "join\(layer)")
        features.append(net.conv(all, 4))
      }
      return net.concat(features, "all")
    }
    #expect(plan.calls.allSatisfy { $0.kernel != .copy })
  }

  @Test func `what cannot lie in its slice is copied`() throws {
    let inputs = try Self.plan { net in
      let x = net.input(Shape(3, 4, 4))
      return net.concat([x, net.conv(x, 5)])
    }
    #expect(inputs.calls.count { $0.kernel == .copy } == 1)
    let twice = try Self.plan { net in
      let x = net.conv(net.input(Shape(3, 4, 4)), 5)
      return net.concat([x, x])
    }
    #expect(twice.calls.count { $0.kernel == .copy } == 1)
    let elsewhere = try Self.plan { net in
      let x = net.input(Shape(3, 4, 4))
      let (a, b) = (net.conv(x, 5), net.conv(x, 6))
      return net.concat([net.concat([a, b]), net.conv(net.concat([b, a]), 2)])
    }
    #expect(elsewhere.calls.count { $0.kernel == .copy } == 2)
  }

  @Test func `an input that is read again is not overwritten`() throws {
    let plan = try Self.plan(batch: 1) { net in
      let x = net.conv(net.input(Shape(1, 4, 4)), 1)
      let y = net.relu(x)
      return net.add(net.add(x, y), y)
    }
    // x, y and, over one of them, the sums.
    #expect(plan.buffers.count == 3)
    #expect(plan.arenaBytes == 2 * 64)
  }

  @Test func `a value that is given twice is not overwritten`() throws {
    let plan = try Self.plan(batch: 1) { net in
      let x = net.conv(net.input(Shape(1, 4, 4)), 1)
      return net.add(x, x, x)
    }
    #expect(plan.buffers.count == 3)
  }

  @Test func `a network of nothing returns its input`() throws {
    let plan = try Self.plan { net in net.identity(net.dropout(net.input(Shape(2, 3, 3)))) }
    #expect(plan.steps.isEmpty && plan.calls.isEmpty)
    #expect(plan.outputs[0].operand == plan.inputs[0].operand)
    #expect(plan.arenaBytes == 192)
  }

  @Test func `outputs live to the end, several names of one value too`() throws {
    var net = GraphBuilder()
    let a = net.conv(net.input(Shape(1, 8, 8)), 4, "a")
    let b = net.relu(a, "b")
    net.output(net.conv(net.conv(b, 4), 4), "last")
    net.output(a)
    net.output(b)
    net.output(a, "again")
    let plan = try Planner.plan(net.graph, batch: 3)
    Self.checkReport(plan)
    #expect(plan.outputs.map(\.name) == ["last", "a", "b", "again"])
    #expect(plan.outputs[1].operand == plan.outputs[3].operand)
    #expect(plan.outputs[1].operand != plan.outputs[2].operand)
    for name in ["a", "b"] {
      #expect(plan.buffers.first { $0.name == name }?.lastStep == plan.steps.count - 1)
    }
  }

  @Test func `constants are computed in a prologue`() throws {
    var net = GraphBuilder()
    let x = net.input(Shape(3, 4, 4))
    let statistics = ["weight", "bias", "running_mean", "running_var"].map {
      net.graph.addParameter("bn.\($0)", .parameter([3]))
    }
    let scale = net.graph.addNode(
      .foldBatchNorm(FoldBatchNorm(.scale, epsilon: 1e-5)), inputs: [], parameters: statistics,
      outputNames: ["scale"], layers: ["bn"])
    let shift = net.graph.addNode(
      .foldBatchNorm(FoldBatchNorm(.shift, epsilon: 1e-5)), inputs: [], parameters: statistics,
      outputNames: ["shift"], layers: ["bn"])
    let y = net.graph.addNode(
      .channelAffine(ChannelAffine()), inputs: [x], parameters: scale + shift, outputNames: ["bn"],
      layers: ["bn"])
    net.output(y[0])
    let plan = try Planner.plan(net.graph, batch: 2)
    #expect(plan.prologue.count == 2 && plan.steps.count == 1)
    #expect(plan.constantBytes == 128)
    #expect(plan.steps[0].reads == ["input", "scale", "shift"])
    #expect(plan.parameters.count == 4)
  }

  @Test func `a batch beyond all memory is a finding at the largest layer`() throws {
    let text = SourceText(name: "net.yaml", "network: conv(64)")
    var net = GraphBuilder()
    let x = net.input(Shape(3, 224, 224))
    let y = net.graph.addNode(
      .activation(.relu), inputs: [x], outputNames: ["relu1"], layers: ["relu1"],
      range: SourceRange(text: text, start: 9, end: 13))
    net.output(y[0])
    let large = #expect(throws: Diagnostics.self) { try Planner.plan(net.graph, batch: 1 << 40) }
    #expect(large?.all.map(\.code) == [.memoryLimit])
    let overflow = #expect(throws: Diagnostics.self) { try Planner.plan(net.graph, batch: .max) }
    #expect(overflow?.all.map(\.code) == [.overflow])
    #expect(large?.description.contains("net.yaml:1:10") == true, "\(large?.description ?? "")")
  }

  @Test func `what somebody wants compiled is optimised, then planned`() throws {
    var (plain, optimised) = (GraphBuilder(), GraphBuilder())
    plain.output(plain.input(Shape(1, 2, 2)))
    optimised.output(optimised.relu(optimised.input(Shape(1, 2, 2)), "relu1"))
    let plan = try Planner.plan(plain.graph, batch: 3) { _ in optimised.graph }
    #expect(plan.batch == 3 && plan.steps.map(\.name) == ["relu1"])
    for batch in [0, -1] {
      let error = #expect(throws: Diagnostics.self) { try Planner.plan(plain.graph, batch: batch) { $0 } }
      #expect(error?.all.map(\.message) == ["a batch has at least one image, not \(batch)"])
    }
  }

  @Test func `plans are deterministic`() throws {
    let plans = try (0..<2).map { _ in try Planner.plan(Networks.inception(), batch: 2) }
    #expect(plans[0].buffers == plans[1].buffers && plans[0].calls == plans[1].calls)
  }
}
