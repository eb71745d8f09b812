import CNNEmbedding

/// Classifies one image with `LeNet5`, the type that the build makes of lenet5.yaml and lenet5.safetensors.
@main
struct App {
  static func main() throws {
    let pixels = Image.pixels
    let image = try LeNet5.Input(pixels: pixels.span)
    var network = try LeNet5(weights: LeNet5.Weights())
    let (label, score) = network.classify(image)
    print("\(label), \(score)")
  }
}
