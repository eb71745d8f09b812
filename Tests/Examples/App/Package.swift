// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "App",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "cnnc", path: "../../..")],
  targets: [
    .executableTarget(
      name: "App",
      dependencies: [.product(name: "CNNEmbedding", package: "cnnc")],
      plugins: [.plugin(name: "CompileSpec", package: "cnnc")])
  ])
