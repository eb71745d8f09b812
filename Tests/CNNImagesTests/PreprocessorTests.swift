import CNNSpec
import Testing

@testable import CNNImages

@Suite struct PreprocessorTests {
  private func settings(_ change: (inout Preprocessing) -> Void) -> Preprocessing {
    var preprocessing = Preprocessing()
    change(&preprocessing)
    return preprocessing
  }

  /// Pixels after colour, resize and crop, by torchvision's formulas and Pillow's resize.
  @Test(
    arguments: [
      ("rgb.ppm", "rgb.resize20.crop16x16.ppm", 3, 20, 16, 16),
      ("rgb.ppm", "rgb.resize41.crop33x38.ppm", 3, 41, 33, 38),
      ("rgb.ppm", "rgb.crop8x8.ppm", 3, nil, 8, 8), ("tall.ppm", "tall.resize9.crop9x4.ppm", 3, 9, 9, 4),
      ("gray.pgm", "gray.resize17.crop14x12.pgm", 1, 17, 14, 12),
      ("rgb.ppm", "luma.resize19.crop10x11.pgm", 1, 19, 10, 11),
    ] as [(String, String, Int, Int?, Int, Int)])
  func likeTorchvision(source: String, expected: String, channels: Int, side: Int?, height: Int, width: Int)
    throws
  {
    let preprocessing = settings {
      $0.resize = side.map { .shorterSide($0) }
      $0.crop = Size2D(height: height, width: width)
    }
    let preprocessor = try Preprocessor(preprocessing, channels: channels, height: height, width: width)
    let prepared = try preprocessor.prepared(Fixtures.image(source), name: source)
    #expect(try prepared == Fixtures.image("preprocess/\(expected)"))
  }

  @Test func withoutResizeAndCropItFillsTheInput() throws {
    let preprocessor = try Preprocessor(Preprocessing(), channels: 3, height: 11, width: 15)
    let prepared = try preprocessor.prepared(Fixtures.image("rgb.ppm"), name: "x")
    #expect(try prepared == Fixtures.image("resize/rgb.11x15.ppm"))
    let same = try Preprocessor(Preprocessing(), channels: 3, height: 23, width: 31)
    #expect(try same.prepared(Fixtures.image("rgb.ppm"), name: "x") == Fixtures.image("rgb.ppm"))
  }

  @Test func numbersAreScaledShiftedAndDividedByChannel() throws {
    let image = Image(height: 1, width: 2, channels: 3, pixels: [0, 51, 102, 153, 204, 255])
    let preprocessing = settings {
      $0.mean = [0, 0.2, 0.4]
      $0.std = [1, 0.5, 2]
    }
    let rgb = try Preprocessor(preprocessing, channels: 3, height: 1, width: 2)
    #expect(rgb.count == 6)
    let close = try zip(rgb.tensor(from: image, name: "x"), [0, 0.6, 0, 1.2, 0, 0.3]).allSatisfy {
      abs($0 - $1) < 1e-6
    }
    #expect(close)
    let plain = settings {
      $0.scale = 1
      $0.color = .bgr
      $0.mean = [2]
    }
    let bgr = try Preprocessor(plain, channels: 3, height: 1, width: 2)
    #expect(try bgr.tensor(from: image, name: "x") == [100, 253, 49, 202, -2, 151])
    var batch: [Float] = [7, 7, 0, 0, 0, 0, 0, 0, 7]
    try bgr.fill(&batch, at: 2, from: image, name: "x")
    #expect(batch == [7, 7, 100, 253, 49, 202, -2, 151, 7])
  }

  @Test func grayBecomesThreeChannels() throws {
    let image = Image(height: 1, width: 1, channels: 1, pixels: [255])
    let preprocessor = try Preprocessor(Preprocessing(), channels: 3, height: 1, width: 1)
    #expect(try preprocessor.tensor(from: image, name: "x") == [1, 1, 1])
  }

  @Test func saysWhatIsWrongWithTheSpec() throws {
    let cases: [(Preprocessing, String)] = [
      (settings { $0.color = .gray }, "color gray has 1 channels, the network's input has 3"),
      (settings { $0.crop = Size2D(5) }, "the crop is 5x5, the network's input 8x9 (height x width)"),
      (
        settings { $0.resize = .exact(height: 8, width: 8) },
        "resized to 8x8, an image is smaller than the input's 8x9"
      ),
      (
        settings { $0.resize = .shorterSide(7) },
        "with the shorter side resized to 7, no image covers the input's 8x9"
      ),
      (settings { $0.mean = [1, 2] }, "mean has 2 numbers; expected 1 or 3, one a channel"),
      (settings { $0.std = [] }, "std has 0 numbers; expected 1 or 3, one a channel"),
      (settings { $0.std = [1, 0, 1] }, "std has a zero, which cannot be divided by"),
      (settings { $0.mean = [.nan] }, "mean has a number that is not finite"),
      (settings { $0.scale = .infinity }, "scale is not finite"),
    ]
    for (preprocessing, message) in cases {
      let error = finding {
        try Preprocessor(preprocessing, channels: 3, height: 8, width: 9, place: .file("a.yaml"))
      }
      #expect(error?.message == message)
      #expect(error?.code == .preprocessing)
      #expect(error?.place == .file("a.yaml"))
    }
    let all = settings {
      $0.color = .gray
      $0.crop = Size2D(5)
    }
    #expect(throws: Diagnostics.self) { try Preprocessor(all, channels: 3, height: 8, width: 9) }
  }

  @Test func saysWhatIsWrongWithAnImage() throws {
    let image = try Fixtures.image("rgb.ppm")
    let crop = try Preprocessor(settings { $0.crop = Size2D(28) }, channels: 3, height: 28, width: 28)
    let small = finding { try crop.tensor(from: image, name: "a.png") }
    #expect(
      small?.message == "the crop of 28x28 is larger than the image: the image is 23x31 (height x width)")
    #expect(small?.code == .inputShape)
    #expect(small?.help == ["resize: 28 makes it large enough"])
    let wide = try Preprocessor(settings { $0.resize = .shorterSide(10) }, channels: 3, height: 10, width: 20)
    let message = "the crop of 10x20 is larger than the image: 23x31 resized is 10x13 (height x width)"
    #expect(finding { try wide.tensor(from: image, name: "a.png") }?.message == message)
    let four = try Preprocessor(Preprocessing(), channels: 4, height: 2, width: 2)
    let channels = finding { try four.tensor(from: image, name: "a.png") }
    #expect(channels?.message == "an image has 1 or 3 channels, but the network's input has 4")
    #expect(channels?.help == ["give a float32 .npy of the shape [4,2,2]"])
    let huge = try Preprocessor(
      settings { $0.resize = .shorterSide(1 << 62) }, channels: 3, height: 1, width: 1)
    #expect(finding { try huge.tensor(from: image, name: "a.png") }?.code == .inputFile)
  }
}
