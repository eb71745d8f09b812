/// The same tensor lying otherwise in memory: an activation, or, without inputs, a convolution's weights, which
/// are packed once, when they are bound. Output: the operand's type in the new layout.
package struct ChangeLayout: Operator {
  package var layout: Layout

  package static var name: String { "change_layout" }

  package init(to layout: Layout) { self.layout = layout }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count + parameters.count == 1 else { return nil }
    let old = (inputs + parameters)[0]
    switch (old.layout, layout) {
    case (.rowMajor, .channelBlocks), (.channelBlocks, .rowMajor):
      return inputs.isEmpty ? nil : [old.laid(out: layout)]
    case (.rowMajor, .packed(let packing)):
      return inputs.isEmpty && packing.fits(old.dimensions) ? [old.laid(out: layout)] : nil
    case (.rowMajor, .rowMajor), (.channelBlocks, .channelBlocks), (.channelBlocks, .packed), (.packed, _):
      return nil
    }
  }

  /// Whether the elements already lie as the new layout has them, as those of one pixel do.
  package func keepsElements(of inputs: [TensorType]) -> Bool {
    guard let input = inputs.first, input.shape.area == 1 else { return false }
    return layout == .rowMajor || input.storedCount == input.laid(out: layout).storedCount
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    switch layout {
    case .packed(let packing):
      [packing.call(from: site.parameters[0], site.parameterTypes[0], to: site.output)]
    case .channelBlocks: change(site, by: .blocksFromPlanar)
    case .rowMajor: change(site, by: .planarFromBlocks)
    }
  }

  private func change(_ site: CallSite, by kernel: Kernel) -> [KernelCall] {
    if keepsElements(of: site.inputTypes), site.input.lies(at: 0, of: site.output, batch: site.batch) {
      return []
    }
    return [
      KernelCall(
        kernel, [site.output, site.input],
        [
          "batch": .integer(site.batch),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
          "channels": .integer(site.inputShape.channels),
          "area": .integer(site.inputShape.area),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    inputs + parameters
  }
}

extension WeightPacking {
  /// Whether weights of these dimensions can be packed so.
  func fits(_ dimensions: [Int]) -> Bool {
    guard dimensions.count == 4 else { return false }
    switch self {
    case .panels(let groups):
      guard groups > 1 else { return groups == 1 }
      return dimensions[0] % groups == 0 && dimensions[0] / groups % Layout.block == 0
        && dimensions[1] % Layout.block == 0
    case .planarPanels: return true
    case .depthwise: return dimensions[1] == 1
    case .winograd(let tile): return [2, 4].contains(tile) && dimensions[2...] == [3, 3]
    }
  }

  fileprivate func call(from weights: Operand, _ type: TensorType, to target: Operand) -> KernelCall {
    let (filters, channels) = (type.dimensions[0], type.dimensions[1])
    switch self {
    case .winograd(let tile):
      return KernelCall(
        .packWinograd, [target, weights],
        ["filters": .integer(filters), "channels": .integer(channels), "tile": .integer(tile)])
    case .panels(let groups): return panels(order: 0, groups: groups)
    case .planarPanels: return panels(order: 1, groups: 1)
    case .depthwise: return panels(order: 2, groups: 1)
    }
    func panels(order: Int, groups: Int) -> KernelCall {
      KernelCall(
        .packPanels, [target, weights],
        [
          "groups": .integer(groups), "filters": .integer(filters / groups), "channels": .integer(channels),
          "taps": .integer(type.dimensions[2] * type.dimensions[3]), "order": .integer(order),
        ])
    }
  }
}
