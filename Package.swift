// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "cnnc",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "cnnc", targets: ["cnnc"]),
    .library(name: "CNN", targets: ["CNN"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CYaml", pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
    .systemLibrary(
      name: "CSpng", pkgConfig: "spng",
      providers: [.apt(["libspng-dev"]), .brew(["libspng"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg",
      providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),

    // The pipeline, in order: text, graph, passes, plan, numbers. Each target names all that it imports:
    // what it does not name, an incremental build does not watch.
    .target(name: "CNNSpec", dependencies: ["CYaml"]),
    .target(name: "CNNGraph", dependencies: ["CNNSpec"]),
    .target(name: "CNNPasses", dependencies: ["CNNSpec", "CNNGraph"]),
    .target(name: "CNNPlan", dependencies: ["CNNSpec", "CNNGraph"]),
    .target(name: "CNNKernels", linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CNNRuntime", dependencies: ["CNNSpec", "CNNGraph", "CNNPlan", "CNNKernels"]),
    .target(name: "CNNImages", dependencies: ["CNNSpec", "CSpng", "CTurboJPEG", "CZlib"]),
    .target(
      name: "CNN",
      dependencies: ["CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNImages"]),
    .target(
      name: "CNNTrain",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNImages", "CNN",
      ]),
    .target(name: "CNNEmit", dependencies: ["CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan"]),
    .target(name: "CNNZoo"),
    .executableTarget(
      name: "cnnc",
      dependencies: [
        "CNN", "CNNTrain", "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNImages",
        "CNNEmit", "CNNZoo",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(name: "CNNSpecTests", dependencies: ["CNNSpec"]),
    .testTarget(name: "CNNGraphTests", dependencies: ["CNNSpec", "CNNGraph"]),
    .testTarget(name: "CNNPassesTests", dependencies: ["CNNSpec", "CNNGraph", "CNNPasses"]),
    .testTarget(name: "CNNPlanTests", dependencies: ["CNNSpec", "CNNGraph", "CNNPlan"]),
    .testTarget(
      name: "CNNEmitTests",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNEmit", "CNNTestSupport",
      ]),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .target(name: "CSystemCallCounter", path: "Tests/CSystemCallCounter"),
    .target(name: "CAffinity", path: "Tests/CAffinity"),
    .testTarget(
      name: "CNNRuntimeTests",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNKernels", "CNNRuntime", "CAffinity",
        "CAllocationCounter", "CSystemCallCounter", "CNNTestSupport",
      ]),
    .target(name: "CNNTestSupport", dependencies: ["CNNSpec"], path: "Tests/CNNTestSupport"),
    .testTarget(name: "CNNImagesTests", dependencies: ["CNNSpec", "CNNImages", "CNNTestSupport"]),
    .testTarget(
      name: "CNNTests",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNImages", "CNN", "CNNTestSupport",
      ]),
    .testTarget(
      name: "CNNTrainTests",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNImages", "CNN", "CNNTrain",
        "CNNTestSupport",
      ]),
    .testTarget(
      name: "cnncTests", dependencies: ["CNNSpec", "CNNRuntime", "cnnc", "CNNZoo", "CNNTestSupport"]),
  ],
  cLanguageStandard: .c17
)
