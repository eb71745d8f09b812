import CFuzz
import FuzzReaders

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// The reader is named by `CNNC_FUZZ_READER`; the arguments are libFuzzer's.
let names = FuzzReader.allCases.map(\.rawValue).joined(separator: ", ")
guard let name = getenv("CNNC_FUZZ_READER"), let chosen = FuzzReader(rawValue: String(cString: name)) else {
  print("CNNC_FUZZ_READER should be one of: \(names)")
  exit(64)
}
let reader = chosen

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>! = CommandLine.unsafeArgv
exit(
  LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    reader.read([UInt8](UnsafeBufferPointer(start: data, count: size)))
    return 0
  })
