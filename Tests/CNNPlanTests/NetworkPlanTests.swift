import CNNGraph
import CNNSpec
import Testing

@testable import CNNPlan

/// Networks in the shape of the classic ones.
enum Networks {
  static let all: KeyValuePairs<String, @Sendable () -> Graph> = [
    "vgg": vgg, "resnet": resnet, "inception": inception, "densenet": densenet, "unet": unet,
  ]

  @Sendable static func vgg() -> Graph {
    var net = GraphBuilder("vgg")
    var x = net.input(Shape(3, 64, 64))
    for (filters, layers) in [(64, 2), (128, 2), (256, 3), (512, 3)] {
      for _ in 0..<layers { x = net.relu(net.conv(x, filters)) }
      x = net.pool(x)
    }
    net.output(net.dense(net.relu(net.dense(net.flatten(x), 4096)), 1000))
    return net.graph
  }

  @Sendable static func resnet() -> Graph {
    var net = GraphBuilder("resnet")
    var x = net.pool(net.relu(net.conv(net.input(Shape(3, 112, 112)), 64, kernel: 7, stride: 2)))
    for (filters, blocks) in [(64, 3), (128, 4), (256, 6), (512, 3)] {
      for block in 0..<blocks {
        let stride = block == 0 && filters > 64 ? 2 : 1
        var y = net.relu(net.conv(x, filters, kernel: 1))
        y = net.relu(net.conv(y, filters, stride: stride))
        y = net.conv(y, filters * 4, kernel: 1)
        let shortcut = block == 0 ? net.conv(x, filters * 4, kernel: 1, stride: stride) : x
        x = net.relu(net.add(y, shortcut))
      }
    }
    net.output(net.dense(x, 1000))
    return net.graph
  }

  @Sendable static func inception() -> Graph {
    var net = GraphBuilder("inception")
    var x = net.relu(net.conv(net.input(Shape(3, 64, 64)), 64, stride: 2))
    for (index, width) in [64, 128, 128, 160, 192, 256].enumerated() {
      if index % 2 == 0 { x = net.pool(x) }
      let a = net.relu(net.conv(x, width, kernel: 1))
      let b = net.relu(net.conv(net.relu(net.conv(x, width / 2, kernel: 1)), width, kernel: 3))
      let c = net.relu(net.conv(net.relu(net.conv(x, width / 8, kernel: 1)), width / 4, kernel: 5))
      let d = net.relu(net.conv(x, width / 4, kernel: 1))
      x = net.concat([a, b, c, d])
      if index == 5 { x = net.dropout(x) }
    }
    net.output(net.dense(x, 1000))
    return net.graph
  }

  @Sendable static func densenet() -> Graph {
    var net = GraphBuilder("densenet")
    var x = net.conv(net.input(Shape(3, 64, 64)), 64, kernel: 7, stride: 2)
    var filters = 64
    for layers in [6, 12, 24, 16] {
      for _ in 0..<layers {
        let y = net.conv(net.relu(net.conv(net.relu(x), 128, kernel: 1)), 32)
        x = net.concat([x, y])
        filters += 32
      }
      filters /= 2
      x = net.conv(net.relu(x), filters, kernel: 1)
      if layers != 16 { x = net.pool(x) }
    }
    net.output(net.dense(x, 1000))
    return net.graph
  }

  @Sendable static func unet() -> Graph {
    var net = GraphBuilder("unet")
    var x = net.input(Shape(1, 128, 128))
    var skips: [ValueID] = []
    for filters in [64, 128, 256, 512] {
      x = net.relu(net.conv(net.relu(net.conv(x, filters)), filters))
      skips.append(x)
      x = net.pool(x)
    }
    x = net.relu(net.conv(net.relu(net.conv(x, 1024)), 1024))
    for (filters, skip) in zip([512, 256, 128, 64], skips.reversed()) {
      x = net.concat([skip, net.up(x, filters)])
      x = net.relu(net.conv(net.relu(net.conv(x, filters)), filters))
    }
    net.output(net.conv(x, 2, kernel: 1))
    return net.graph
  }
}

struct NetworkPlanTests {
  @Test(arguments: Networks.all.map(\.key))
  func `networks come within two percent of the bound`(name: String) throws {
    let graph = try #require(Networks.all.first { $0.key == name }?.value())
    for batch in [1, 3] {
      let plan = try Planner.plan(graph, batch: batch)
      PlannerTests.checkReport(plan)
      let ratio = Double(plan.arenaBytes) / Double(plan.lowerBoundBytes)
      #expect(ratio <= 1.02, "\(graph.name): \(plan.arenaBytes) of \(plan.lowerBoundBytes)")
      #expect(plan.calls.allSatisfy { $0.kernel != .copy }, "\(graph.name) copies")
    }
  }

  @Test func `ten thousand layers are planned in a moment`() throws {
    var net = GraphBuilder()
    var x = net.relu(net.input(Shape(1, 2, 2)))
    for index in 0..<3300 {
      let y = net.relu(x)
      x = index % 2 == 0 ? net.add(net.dropout(y), x) : net.concat([net.relu(y), net.relu(x)])
      if net.graph[x].type.shape.channels > 64 { x = net.conv(x, 1, kernel: 1) }
    }
    net.output(x)
    let time = try ContinuousClock().measure { _ = try Planner.plan(net.graph, batch: 4) }
    #expect(time < .seconds(30))
  }
}
