import Testing

@testable import CNNRuntime

struct ProcessorNameTests {
  @Test func `the first processor's name and numbers`() {
    let text = """
      processor\t: 0
      vendor_id\t: AuthenticAMD
      cpu family\t: 25
      model\t\t: 1
      model name\t: AMD EPYC 7B13
      stepping\t: 0

      processor\t: 1
      model name\t: another
      """
    #expect(Machine.processorName(inCpuinfo: text) == "AMD EPYC 7B13 25 1 0")
  }

  @Test(arguments: [
    ("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\nCPU variant : 0x3", "0x41 0xd0c 0x3"), ("", "unknown"),
    ("model name:\nno colon", "unknown"),
  ]) func `where there is no name`(text: String, name: String) {
    #expect(Machine.processorName(inCpuinfo: text) == name)
  }

  @Test func `this machine has one`() { #expect(!Machine.processorName.isEmpty) }
}
