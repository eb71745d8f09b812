import CCNN
import Testing

@testable import CNNCABI

struct HeaderTests {
  private func isSame<Declared, Implemented>(_: Declared, _: Implemented) -> Bool {
    Declared.self == Implemented.self
  }

  // A linker compares names only.
  @Test func `each function has the type that the header declares`() {
    #expect(isSame(cnn_text_free, textFree))
    #expect(isSame(cnn_network_load, networkLoad))
    #expect(isSame(cnn_network_parse, networkParse))
    #expect(isSame(cnn_network_free, networkFree))
    #expect(isSame(cnn_network_name, networkName))
    #expect(isSame(cnn_network_input_count, networkInputCount))
    #expect(isSame(cnn_network_output_count, networkOutputCount))
    #expect(isSame(cnn_network_input, networkInput))
    #expect(isSame(cnn_network_output, networkOutput))
    #expect(isSame(cnn_network_class_count, networkClassCount))
    #expect(isSame(cnn_network_class, networkClass))
    #expect(isSame(cnn_network_read_image, networkReadImage))
    #expect(isSame(cnn_network_read_pixels, networkReadPixels))
    #expect(isSame(cnn_session_create, sessionCreate))
    #expect(isSame(cnn_session_free, sessionFree))
    #expect(isSame(cnn_session_run, sessionRun))
    #expect(isSame(cnn_session_output, sessionOutput))
    #expect(!isSame(cnn_session_output, sessionRun))
  }

  @Test func `statuses have names`() {
    #expect(String(cString: cnn_status_name(CNN_OK)) == "CNN_OK")
    #expect(String(cString: cnn_status_name(CNN_MISUSE)) == "CNN_MISUSE")
    #expect(String(cString: cnn_status_name(CNN_FAILED)) == "CNN_FAILED")
    #expect(cnn_status_name(cnn_status(rawValue: 3)) == nil)
  }
}
