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

    // The pipeline, in order: text, graph, passes, plan, numbers.
    .target(name: "CNNSpec", dependencies: ["CYaml"]),
    .target(name: "CNNGraph", dependencies: ["CNNSpec"]),
    .target(name: "CNNPasses", dependencies: ["CNNGraph"]),
    .target(name: "CNNPlan", dependencies: ["CNNGraph"]),
    .target(name: "CNNKernels", linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CNNRuntime", dependencies: ["CNNPlan", "CNNKernels"]),
    .target(name: "CNNImages", dependencies: ["CNNSpec", "CSpng", "CTurboJPEG", "CZlib"]),
    .target(name: "CNN", dependencies: ["CNNRuntime", "CNNPasses", "CNNImages"]),
    .target(name: "CNNZoo"),
    .executableTarget(
      name: "cnnc",
      dependencies: [
        "CNN", "CNNZoo", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(name: "CNNSpecTests", dependencies: ["CNNSpec"]),
    .testTarget(name: "CNNGraphTests", dependencies: ["CNNGraph"]),
    .testTarget(name: "CNNPassesTests", dependencies: ["CNNPasses"]),
    .testTarget(name: "CNNPlanTests", dependencies: ["CNNPlan"]),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .testTarget(name: "CNNRuntimeTests", dependencies: ["CNNRuntime", "CNNPasses", "CAllocationCounter"]),
    .testTarget(name: "CNNImagesTests", dependencies: ["CNNImages"]),
    .testTarget(name: "CNNTests", dependencies: ["CNN"]),
    .testTarget(name: "cnncTests", dependencies: ["cnnc", "CNNZoo"]),
  ],
  cLanguageStandard: .c17
)
