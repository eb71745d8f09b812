import Testing

@testable import CNNEmit

struct CWeightsFileTests {
  private static let kernels = """
    // Sums.
    static float sum(const float *x) {
      return x[0] + x[1];  // both
    }
    """

  private func program(_ run: String, _ kernels: String) -> String {
    CWeightsFile(run: run, kernels: kernels).program.description
  }

  @Test func `a program is known by its calls and by its kernels, not by what is said about them`() {
    let known = program("call(w + 64);", Self.kernels)
    #expect(program("call(w + 64);", "static float sum(const float *x) { return x[0] + x[1]; }") == known)
    #expect(program("call(w + 80);", Self.kernels) != known)
    // Kernels that read weights in another order.
    #expect(program("call(w + 64);", Self.kernels.replacing("x[0] + x[1]", with: "x[1] + x[0]")) != known)
  }

  @Test func `the function that checks a file knows its program`() {
    let files = [Self.kernels, "other"].map { CWeightsFile(run: "call();", kernels: $0) }
    for file in files {
      let program = Array(file.bytes(of: [1, 2])[8..<16].reversed())
      let digits = program.map { String(Int($0) | 0x100, radix: 16).dropFirst() }.joined()
      #expect(digits == file.program.description)
      #expect(file.check("net", "NET").contains("program != UINT64_C(0x\(digits))"))
    }
    #expect(files[0].bytes(of: [1, 2])[16...] == files[1].bytes(of: [1, 2])[16...])
  }
}
