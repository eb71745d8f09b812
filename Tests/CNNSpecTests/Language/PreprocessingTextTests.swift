import CNNSpec
import Testing

struct PreprocessingTextTests {
  static let scales = [
    ("1/255", "{scale: 1/255}"), ("2/255", "{scale: 2/255}"), ("51/255", "{scale: 51/255}"),
    ("1", "{scale: 1}"),
    ("2", "{scale: 2}"), ("0", "{scale: 0}"), ("1/256", "{scale: 0.00390625}"), ("1e-45", "{scale: 1e-45}"),
    ("3e38", "{scale: 3e+38}"), ("1e17", "{scale: 100000000000000000}"),
  ]

  @Test(arguments: scales) func `a scale is written as a person would, and reads as itself`(
    scale: String, text: String
  ) throws {
    func read(_ json: String) throws -> Preprocessing {
      try Preprocessing.read(json: json, channels: 1, height: 8, width: 8)
    }
    let preprocessing = try read("{\"scale\": \"\(scale)\"}")
    #expect(preprocessing.text == text)
    #expect(try read(preprocessing.json) == preprocessing)
    let spec = reading("relu", "preprocess: \(preprocessing.text)").spec
    #expect(spec?.preprocessing == preprocessing)
  }
}
