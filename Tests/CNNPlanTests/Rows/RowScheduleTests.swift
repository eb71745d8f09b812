import CNNGraph
import CNNSpec
import Testing

@testable import CNNPlan

struct RowScheduleTests {
  /// What a graph is as rows.
  static func graph(_ build: (inout GraphBuilder) -> ValueID) -> RowGraph {
    var builder = GraphBuilder()
    builder.output(build(&builder))
    return graph(builder.graph)
  }

  static func graph(_ graph: Graph) -> RowGraph {
    let locations = graph.parameters.enumerated().map { ($1.index, Location.parameter(index: $0)) }
    return RowGraph(graph, locations: Dictionary(uniqueKeysWithValues: locations))
  }

  /// Runs a schedule with nothing but the names of rows: whatever a turn reads must still lie where it was put.
  static func check(
    _ graph: RowGraph, _ schedule: RowSchedule, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    struct Place: Hashable {
      var root: Int
      var place: Int
    }
    // The row that each step has put last into each place, and into which channels.
    var rows: [Place: [Int: (row: Int, channels: Range<Int>)]] = [:]
    var turns = Array(repeating: 0, count: graph.steps.count)
    func place(_ value: Int, _ row: Int) -> Place {
      let root = graph.root(of: value).value
      let isArena = graph.values[root].memory == .arena
      return Place(
        root: root, place: row % (isArena ? schedule.lives[root].kept : graph.values[root].shape.height))
    }
    for index in schedule.order {
      let step = graph.steps[index]
      for read in step.reads {
        for row in read.rows.rows(of: turns[index]) {
          for producer in graph.values[read.value].producers {
            let there = rows[place(read.value, row)]?[producer]
            #expect(there?.row == row, sourceLocation: sourceLocation)
          }
        }
      }
      let first = graph.root(of: step.output).channel
      let channels = first..<first + graph.values[step.output].shape.channels
      for row in step.writes.touched(by: turns[index]) {
        let place = place(step.output, row)
        rows[place] = rows[place, default: [:]].filter { !$0.value.channels.overlaps(channels) }
        rows[place]?[index] = (row, channels)
      }
      turns[index] += 1
    }
    for output in graph.outputs {
      for producer in graph.values[output].producers {
        let step = graph.steps[producer]
        #expect(
          step.writes.finished(after: turns[producer]) == step.writes.rows, sourceLocation: sourceLocation)
      }
    }
  }

  private static func kept(_ graph: RowGraph, _ schedule: RowSchedule) -> [String: Int] {
    var kept: [String: Int] = [:]
    for step in graph.steps { kept[step.name] = schedule.lives[graph.root(of: step.output).value].kept }
    return kept
  }

  @Test func `a chain keeps as many rows as the next window has, and one where rows are taken as they come`()
  {
    let graph = Self.graph { net in
      let a = net.conv(net.input(Shape(3, 16, 16)), 8, "a")
      let b = net.conv(a, 8, kernel: 5, "b")
      return net.dense(net.pool(net.conv(b, 8, "c")), 10)
    }
    let schedule = RowSchedule(graph, barriers: [])
    Self.check(graph, schedule)
    #expect(Self.kept(graph, schedule) == ["a": 5, "b": 3, "c": 1, "pool2d4": 1, "dense5": 1])
  }

  @Test func `a barrier keeps all of what is read behind it`() {
    let graph = Self.graph { net in
      let a = net.conv(net.input(Shape(3, 16, 16)), 8, "a")
      return net.conv(net.conv(net.conv(a, 8, "b"), 8, "c"), 8, "d")
    }
    let schedule = RowSchedule(graph, barriers: [1])
    Self.check(graph, schedule)
    #expect(Self.kept(graph, schedule) == ["a": 3, "b": 16, "c": 3, "d": 1])
    #expect(schedule.order.lastIndex(of: 1)! < schedule.order.firstIndex(of: 2)!)
  }

  @Test func `a branch past two convolutions keeps what they read and what they lag behind`() {
    let graph = Self.graph { net in
      let a = net.conv(net.input(Shape(3, 16, 16)), 8, "a")
      let c = net.conv(net.conv(a, 8, "b"), 8, "c")
      return net.conv(net.add(a, c), 4, kernel: 1, "d")
    }
    let schedule = RowSchedule(graph, barriers: [])
    Self.check(graph, schedule)
    // Row i of c needs b to i + 1, hence a to i + 2; the sum needs row i of a. The sum lies over c.
    #expect(Self.kept(graph, schedule)["a"] == 3)
    #expect(Self.kept(graph, schedule)["b"] == 3)
    #expect(Self.kept(graph, schedule)["c"] == 1)
  }

  /// A graph that a seed stands for, of branches that are joined, with one or two outputs.
  private static func random(_ seed: UInt64) -> RowGraph {
    var random = SplitMix64(state: seed)
    var net = GraphBuilder()
    var values = [net.input(Shape(4, 12, 12))]
    for _ in 0..<3 + random.next(below: 12) {
      let x = values[random.next(below: values.count)]
      let size = net.graph[x].type.shape.size
      let alike = values.filter { net.graph[$0].type.shape.size == size }
      let other = alike[random.next(below: alike.count)]
      switch random.next(below: 7) {
      case 0: values.append(net.relu(x))
      case 1: values.append(net.concat([x, other]))
      case 2 where net.graph[x].type == net.graph[other].type: values.append(net.add(x, other))
      case 3 where size.height % 2 == 0 && size.width % 2 == 0: values.append(net.pool(x))
      case 4 where size.height <= 12: values.append(net.up(x, 3))
      case 5: values.append(net.conv(x, 4, kernel: 5))
      default: values.append(net.conv(x, 4, stride: 1 + random.next(below: 2)))
      }
    }
    net.output(values[values.count - 1])
    if random.next(below: 3) == 0 { net.output(values[random.next(below: values.count)], "second") }
    return graph(net.graph)
  }

  @Test func `what a turn reads lies where it was put, in random graphs with random barriers`() {
    for seed in 0..<300 {
      let graph = Self.random(UInt64(seed))
      var random = SplitMix64(state: UInt64(seed) + 1000)
      let some = graph.steps.indices.dropLast().filter { _ in random.next(below: 3) == 0 }
      let all = Array(graph.steps.indices.dropLast())
      for barriers in [[], some, all] { Self.check(graph, RowSchedule(graph, barriers: barriers)) }
    }
  }
}
