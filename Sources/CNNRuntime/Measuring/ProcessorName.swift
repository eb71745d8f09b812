import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Machine {
  /// What the system calls the processor's model: `AMD EPYC 7B13`; `unknown` where it does not tell.
  package static var processorName: String {
    #if canImport(Glibc)
      guard let bytes = try? FileSystem.read("/proc/cpuinfo", limit: 1 << 24) else { return "unknown" }
      return processorName(inCpuinfo: String(decoding: bytes, as: UTF8.self))
    #else
      var length = 0
      guard sysctlbyname("machdep.cpu.brand_string", nil, &length, nil, 0) == 0, length > 1 else {
        return "unknown"
      }
      var bytes = [UInt8](repeating: 0, count: length)
      guard sysctlbyname("machdep.cpu.brand_string", &bytes, &length, nil, 0) == 0 else { return "unknown" }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    #endif
  }

  /// The model of the first processor in the text of Linux's `/proc/cpuinfo`: x86 has a name, with numbers that tell
  /// more than a virtual machine's name does; ARM has numbers only.
  static func processorName(inCpuinfo text: String) -> String {
    var entries: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let key = line[..<colon].trimmed
      if entries[key] == nil { entries[key] = line[line.index(after: colon)...].trimmed }
    }
    let words = [
      "model name", "cpu family", "model", "stepping", "CPU implementer", "CPU part", "CPU variant",
    ].compactMap { entries[$0] }.filter { !$0.isEmpty }
    return words.isEmpty ? "unknown" : words.joined(separator: " ")
  }
}

extension Substring {
  /// Without spaces and tabs at both ends.
  fileprivate var trimmed: String {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
