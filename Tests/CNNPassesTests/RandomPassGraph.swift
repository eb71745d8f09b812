import CNNGraph
import CNNSpec

/// Small graphs of everything that passes touch, their operators in any order and on each other's values.
struct RandomPassGraph {
  private(set) var net = PassGraph()
  private var random: Numbers
  private var values: [ValueID] = []

  init(seed: UInt64) {
    random = Numbers(state: seed &* 0x5851_F42D_4C95_7F2D)
    let shape = random.pick([Shape(2, 2, 2), Shape(4, 1, 3), Shape(2, 3, 1), Shape(4, 2, 2)])
    values.append(net.input(shape))
    let count = 3 + random.below(10)
    for _ in 0..<count { values.append(addNode()) }
    // The last value, and now and then others, twice too.
    var returned = Set([values[values.count - 1]])
    for _ in 0..<random.below(3) { returned.insert(random.pick(values)) }
    for value in returned.sorted() { net.output(value) }
  }

  private mutating func addNode() -> ValueID {
    // Mostly the newest value, so that chains grow.
    let x = random.below(3) == 0 ? random.pick(values) : values[values.count - 1]
    let shape = net.shape(x)
    let groups = shape.channels % 2 == 0 && random.below(2) == 0 ? 2 : 1
    let bias = random.below(2) == 0
    switch random.below(16) {
    case 0, 1, 2: return net.bn(x)
    case 3, 4: return random.below(2) == 0 ? net.relu(x) : net.tanh(x)
    case 5, 6, 7: return net.conv(x, random.pick([2, 4, shape.channels]), groups: groups, bias: bias)
    case 8: return net.conv(x, 2, kernel: 3, pad: 1, bias: bias)
    case 9: return net.deconv(x, random.pick([2, 4]), groups: groups, bias: bias)
    case 10, 11, 12:
      let others = values.filter { net.shape($0) == shape }
      let (a, b) = (random.pick(others), random.pick(others))
      return random.below(4) == 0 ? net.add(x, a, b) : random.below(2) == 0 ? net.add(x, a) : net.add(a, x)
    case 13:
      let others = values.filter {
        net.shape($0).size == shape.size && net.shape($0).channels + shape.channels <= 12
      }
      return others.isEmpty ? net.identity(x) : net.concat(x, random.pick(others))
    case 14: return random.below(2) == 0 ? net.dropout(x) : net.identity(x)
    default:
      switch random.below(4) {
      case 0: return net.fc(x, random.pick([2, 3]), bias: bias)
      case 1 where shape.height > 1 && shape.width > 1: return net.pool(x, kernel: 2)
      default: return net.scale(x)
      }
    }
  }
}
