import CNNSpec

// The operators whose gradients other operators of the forward half compute.

extension Reshape: Differentiable {
  /// dx is dy under x's shape.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    let x = node.inputs[0]
    builder.add(.reshape(Reshape(shape: builder.shape(of: x))), inputs: [gradient], gradientOf: x, in: node)
  }
}

extension Identity: Differentiable {
  /// dx = dy
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    guard builder.wants(node.inputs[0]) else { return }
    builder.accumulate(gradient, for: node.inputs[0], in: node)
  }
}

extension Add: Differentiable {
  /// dx_i = dy, for every i.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    precondition(epilogue == .none, "gradients come before fusing")
    for x in node.inputs where builder.wants(x) { builder.accumulate(gradient, for: x, in: node) }
  }
}

extension ChannelShuffle: Differentiable {
  /// The transposed matrix of channels is transposed back: a shuffle of C/groups groups.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    let x = node.inputs[0]
    let inverse = ChannelShuffle(groups: builder.shape(of: x).channels / groups)
    builder.add(.channelShuffle(inverse), inputs: [gradient], gradientOf: x, in: node)
  }
}

extension Pad2D: Differentiable {
  /// dx is dy without the padding: a crop, and a slice of the channels.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    let x = node.inputs[0]
    guard builder.wants(x) else { return }
    let shape = builder.shape(of: x)
    var part = gradient
    if builder.shape(of: part).size != shape.size {
      let crop = Crop2D(offsetTop: padding.top, offsetLeft: padding.left, size: shape.size)
      part = builder.add(.crop2d(crop), inputs: [part], named: builder.name(of: x) + ".crop", for: node)
    }
    if channelsBefore + channelsAfter > 0 {
      let slice = ChannelSlice(first: channelsBefore, count: shape.channels)
      builder.add(.channelSlice(slice), inputs: [part], gradientOf: x, in: node)
    } else {
      builder.accumulate(part, for: x, in: node)
    }
  }
}

extension Crop2D: Differentiable {
  /// dx is dy with zeros for what was left out.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    let x = node.inputs[0]
    let shape = builder.shape(of: x)
    let padding = Padding(
      top: offsetTop, bottom: shape.height - size.height - offsetTop, left: offsetLeft,
      right: shape.width - size.width - offsetLeft)
    builder.add(.pad2d(Pad2D(padding: padding)), inputs: [gradient], gradientOf: x, in: node)
  }
}

extension Multiply: Differentiable {
  /// dx_i = dy times all the other inputs; for an input of Cx1x1, summed over the plane.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    let output = builder.shape(of: gradient)
    for (index, x) in node.inputs.enumerated() where builder.wants(x) {
      var others = node.inputs
      others.remove(at: index)
      if builder.shape(of: x) == output {
        builder.add(.multiply(Multiply()), inputs: [gradient] + others, gradientOf: x, in: node)
      } else {
        let product = builder.add(
          .multiply(Multiply()), inputs: [gradient] + others, named: builder.name(of: x) + ".product",
          for: node)
        let sum = Pool2D(mode: .sum, window: Window2D(kernel: output.size))
        builder.add(.pool2d(sum), inputs: [product], gradientOf: x, in: node)
      }
    }
  }
}
