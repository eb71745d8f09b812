// swift-tools-version: 6.2

import PackageDescription

// A fuzzer for the readers of files that others wrote, guided by coverage, with AddressSanitizer. A package of its own,
// since its flags may stand in no package that others depend on; `Sources` is the project's own folder.
//
//   swift build -c release --package-path Tests/Fuzzing --scratch-path .build/fuzz
//   CNNC_CORPUS=/tmp/corpus swift test --filter CorpusTests    # unpacks what there is to start from
//   export CNNC_FUZZ_READER=onnx ASAN_OPTIONS=detect_leaks=0
//   .build/fuzz/release/Fuzz -max_total_time=600 -timeout=60 /tmp/corpus/onnx
//
// Leaks are not looked for: Swift's long strings hide their pointers.

let sanitizers = ["-sanitize=fuzzer,address"]
let swift: [SwiftSetting] = [.unsafeFlags(sanitizers)]
let c: [CSetting] = [.unsafeFlags(["-fsanitize=fuzzer-no-link,address"])]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: swift)
}

let package = Package(
  name: "Fuzzing",
  platforms: [.macOS(.v15)],
  targets: [
    .systemLibrary(name: "CYaml", path: "Sources/CYaml", pkgConfig: "yaml-0.1"),
    .systemLibrary(name: "CSpng", path: "Sources/CSpng", pkgConfig: "spng"),
    .systemLibrary(name: "CTurboJPEG", path: "Sources/CTurboJPEG", pkgConfig: "libturbojpeg"),
    .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib"),
    room("CNNSpec", ["CYaml"]),
    room("CNNGraph", ["CNNSpec"]),
    room("CNNPasses", ["CNNSpec", "CNNGraph"]),
    room("CNNPlan", ["CNNSpec", "CNNGraph"]),
    .target(
      name: "CNNKernels", path: "Sources/CNNKernels", cSettings: c, linkerSettings: [.linkedLibrary("m")]),
    room("CNNEmbedding", ["CNNKernels"]),
    room("CNNRuntime", ["CNNSpec", "CNNGraph", "CNNPlan", "CNNKernels", "CNNEmbedding"]),
    room("CNNImages", ["CNNSpec", "CNNEmbedding", "CSpng", "CTurboJPEG", "CZlib"]),
    room("CNN", ["CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNImages"]),
    room("CNNProtobuf", ["CNNEmbedding"]),
    room("CNNImport", ["CNNSpec", "CNNGraph", "CNNPlan", "CNNEmbedding", "CNNRuntime", "CNNProtobuf"]),
    room("CNNONNX", ["CNNSpec", "CNNGraph", "CNNEmbedding", "CNNRuntime", "CNNProtobuf", "CNNImport"]),
    room("CNNDarknet", ["CNNSpec", "CNNGraph", "CNNProtobuf", "CNNImport"]),
    room("CNNCaffe", ["CNNSpec", "CNNGraph", "CNNProtobuf", "CNNImport"]),
    .target(
      name: "FuzzReaders",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNEmbedding", "CNNRuntime", "CNN", "CNNImport", "CNNONNX", "CNNDarknet",
        "CNNCaffe",
      ],
      path: "Readers", swiftSettings: swift),
    .target(name: "CFuzz", path: "CFuzz"),
    .executableTarget(
      name: "Fuzz", dependencies: ["FuzzReaders", "CFuzz"], path: "Fuzz",
      linkerSettings: [.unsafeFlags(sanitizers + ["-use-ld=lld"])]),
  ],
  cLanguageStandard: .c17
)
