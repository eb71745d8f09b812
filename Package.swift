// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "cnnc",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "cnnc", targets: ["cnnc"]),
    .library(name: "CNN", targets: ["CNN"]),
    // For C, with Sources/CCNN/include/cnn.h: libcnn.so and libcnn-static.a.
    .library(name: "cnn", type: .dynamic, targets: ["CNNCABI"]),
    .library(name: "cnn-static", type: .static, targets: ["CNNCABI"]),
    .library(name: "CNNEmbedding", targets: ["CNNEmbedding", "CNNKernels"]),
    .plugin(name: "CompileSpec", targets: ["CompileSpec"]),
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
    // What an app needs of us at run time beside the kernels: no parser, no planner.
    .target(name: "CNNEmbedding", dependencies: ["CNNKernels"]),
    .target(
      name: "CNNRuntime", dependencies: ["CNNSpec", "CNNGraph", "CNNPlan", "CNNKernels", "CNNEmbedding"]),
    .target(name: "CNNImages", dependencies: ["CNNSpec", "CNNEmbedding", "CSpng", "CTurboJPEG", "CZlib"]),
    .target(
      name: "CNN",
      dependencies: ["CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNImages"]),
    .target(
      name: "CNNTrain",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNEmbedding", "CNNRuntime", "CNNImages", "CNN",
      ]),
    .target(name: "CCNN"),
    .target(name: "CNNCABI", dependencies: ["CCNN", "CNN", "CNNSpec"]),
    .target(
      name: "CNNEmit", dependencies: ["CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNEmbedding"]),
    // What an app's build runs: no argument parser, no image libraries.
    .executableTarget(
      name: "emit-spec", dependencies: ["CNNSpec", "CNNGraph", "CNNPlan", "CNNRuntime", "CNNEmit"]),
    .plugin(
      name: "CompileSpec", capability: .buildTool(), dependencies: ["emit-spec"], path: "Sources/CompileSpec"),
    // Networks of other programs' files: what they become, and a target for each format.
    .target(name: "CNNProtobuf", dependencies: ["CNNEmbedding"]),
    .target(
      name: "CNNImport",
      dependencies: ["CNNSpec", "CNNGraph", "CNNPlan", "CNNEmbedding", "CNNRuntime", "CNNProtobuf"]),
    .target(
      name: "CNNONNX",
      dependencies: ["CNNSpec", "CNNGraph", "CNNEmbedding", "CNNRuntime", "CNNProtobuf", "CNNImport"]),
    .target(
      name: "CNNCaffe", dependencies: ["CNNSpec", "CNNGraph", "CNNProtobuf", "CNNImport"]),
    .target(
      name: "CNNDarknet", dependencies: ["CNNSpec", "CNNGraph", "CNNProtobuf", "CNNImport"]),
    .target(name: "CNNZoo", dependencies: ["CNNEmbedding"]),
    .executableTarget(
      name: "cnnc",
      dependencies: [
        "CNN", "CNNTrain", "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNImages",
        "CNNEmit", "CNNImport", "CNNONNX", "CNNDarknet", "CNNCaffe", "CNNZoo",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(name: "CNNSpecTests", dependencies: ["CNNSpec", "CNNTestSupport"]),
    .testTarget(name: "CNNGraphTests", dependencies: ["CNNSpec", "CNNGraph"]),
    .testTarget(name: "CNNPassesTests", dependencies: ["CNNSpec", "CNNGraph", "CNNPasses"]),
    .testTarget(name: "CNNEmbeddingTests", dependencies: ["CNNEmbedding", "CNNTestSupport"]),
    .testTarget(name: "CNNPlanTests", dependencies: ["CNNSpec", "CNNGraph", "CNNPlan"]),
    // What `cnnc emit` makes of some specs, compiled, to be compared with sessions.
    .target(
      name: "GeneratedNetworks", dependencies: ["CNNEmbedding", "CNNKernels"], path: "generated",
      exclude: ["small-regression", "small-residual"].map { "\($0)/\($0).yaml" }
        + ["lenet5", "resnet20-cifar", "vgg-cifar"].flatMap { folder in
          let name = folder.replacing("-", with: "_")
          return ["\(folder)/plan.txt", "\(folder)/\(name).c", "\(folder)/\(name).h"]
        },
      sources: [
        "lenet5/LeNet5.swift", "lenet5/TrainableLeNet5.swift", "resnet20-cifar/ResNet20Cifar.swift",
        "small-regression/SmallRegression.swift", "small-residual/SmallResidual.swift",
        "vgg-cifar/VGGCifar.swift",
      ]),
    .testTarget(
      name: "CNNEmitTests",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNEmbedding", "CNNRuntime", "CNN", "CNNTrain",
        "CNNEmit",
        "GeneratedNetworks", "CAllocationCounter", "CNNTestSupport",
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
        "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNImages", "CNN", "CNNEmbedding",
        "CAllocationCounter",
        "CNNTestSupport",
      ]),
    .testTarget(
      name: "CNNCABITests",
      dependencies: ["CCNN", "CNN", "CNNCABI", "CNNSpec", "CAllocationCounter", "CNNTestSupport"]),
    .testTarget(
      name: "CNNTrainTests",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNPasses", "CNNPlan", "CNNRuntime", "CNNImages", "CNN", "CNNTrain",
        "CNNTestSupport",
      ]),
    .testTarget(name: "CNNProtobufTests", dependencies: ["CNNProtobuf"]),
    .testTarget(
      name: "CNNImportTests",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNEmbedding", "CNNRuntime", "CNN", "CNNProtobuf", "CNNImport", "CNNONNX",
        "CNNCaffe", "CNNDarknet", "CNNTestSupport",
      ]),
    .testTarget(
      name: "CNNONNXTests",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNEmbedding", "CNNRuntime", "CNN", "CNNProtobuf", "CNNImport", "CNNONNX",
        "CNNTestSupport",
      ]),
    // What the fuzzer calls, in the package Tests/Fuzzing.
    .target(
      name: "FuzzReaders",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNEmbedding", "CNNRuntime", "CNN", "CNNImport", "CNNONNX", "CNNDarknet",
        "CNNCaffe",
      ],
      path: "Tests/Fuzzing/Readers"),
    .testTarget(name: "FuzzReadersTests", dependencies: ["CNNSpec", "FuzzReaders", "CNNTestSupport"]),
    .testTarget(
      name: "CNNCaffeTests",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNRuntime", "CNN", "CNNProtobuf", "CNNImport", "CNNCaffe", "CNNTestSupport",
      ]),
    .testTarget(
      name: "CNNDarknetTests",
      dependencies: [
        "CNNSpec", "CNNGraph", "CNNEmbedding", "CNNRuntime", "CNN", "CNNImport", "CNNDarknet",
        "CNNTestSupport",
      ]),
    .testTarget(
      name: "cnncTests",
      dependencies: [
        "CNNSpec", "CNNEmbedding", "CNNRuntime", "cnnc", "emit-spec", "CNNProtobuf", "CNNONNX", "CNNZoo",
        "CNNTestSupport",
      ]),
  ],
  cLanguageStandard: .c17
)

// The documentation's tool is no burden on apps: `CNNC_DOCS=1 swift package generate-documentation`.
if Context.environment["CNNC_DOCS"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.5"))
}
