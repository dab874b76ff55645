// swift-tools-version: 6.2
import PackageDescription

// The rule of imports, in one sentence: FlowCore knows no plugin, a plugin knows no FlowCore,
// both know CFlowPlugin. docs/design.md draws it.

/// A Debian library that Swift reaches through a module map in `Sources/<name>`.
func debian(_ name: String, pkgConfig: String, package: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// A plugin: a folder in `Plugins`, a dynamic library, a manifest in `Registry`.
func plugin(_ name: String, _ libraries: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: ["FlowPlugin", "Files"] + libraries, path: "Plugins/\(name)")
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)Tests")
}

/// DNA and what is made of it, for those who turn genomes into training data.
let genomics: [Target.Dependency] = ["DNA", "Tokens", "Genome", "Corpus"]

let package = Package(
  name: "flow",
  products: [
    .executable(name: "flow", targets: ["flow"]),
    .executable(name: "flow-ui", targets: ["flow-ui"]),
    .library(name: "FlowPlugin", targets: ["FlowPlugin"]),
    .library(name: "Encode", type: .dynamic, targets: ["Encode"]),
    .library(name: "Tokenize", type: .dynamic, targets: ["Tokenize"]),
    .library(name: "Pretrain", type: .dynamic, targets: ["Pretrain"]),
    .library(name: "Finetune", type: .dynamic, targets: ["Finetune"]),
    .library(name: "Wafer", type: .dynamic, targets: ["Wafer"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    // The contract: a C header, nothing to compile.
    .systemLibrary(name: "CFlowPlugin", path: "Sources/CFlowPlugin"),

    // Debian's libraries.
    debian("CYAML", pkgConfig: "yaml-0.1", package: "libyaml-dev"),
    debian("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
    debian("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
    debian("CBLAS", pkgConfig: "openblas", package: "libopenblas-dev"),
    debian("CCrypto", pkgConfig: "libcrypto", package: "libssl-dev"),
    debian("CZlib", pkgConfig: "zlib", package: "zlib1g-dev"),
    debian("CDeflate", pkgConfig: "libdeflate", package: "libdeflate-dev"),
    debian("CHDF5", pkgConfig: "hdf5-serial", package: "libhdf5-dev"),

    // Shared ground: whole-or-absent files, hashes, gzip, JSON.
    .target(name: "Files", dependencies: ["CCrypto", "CZlib"]),

    // The engine.
    .target(name: "CSystem"),
    .target(
      name: "FlowCore", dependencies: ["CFlowPlugin", "Files", "CYAML", "CSQLite", "CSystem"]),
    .target(name: "FlowReport", dependencies: ["FlowCore"]),
    .target(name: "FlowInterop", dependencies: ["FlowCore"]),
    .target(name: "FlowProvenance", dependencies: ["FlowCore", "Files", "CZlib"]),
    .executableTarget(
      name: "flow",
      dependencies: [
        "FlowCore", "FlowReport", "FlowInterop", "FlowProvenance",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Runs in a browser: pages without a server, and a program that serves them. Apart from `flow`, which starts
    // in milliseconds and must not load what a server needs.
    .target(
      name: "FlowUI", dependencies: ["FlowCore", "FlowReport", "Files"],
      resources: [.embedInCode("Assets")]),
    .executableTarget(
      name: "flow-ui",
      dependencies: [
        "FlowUI", "FlowCore", .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ]),

    // What plugins are made of.
    .target(name: "FlowPlugin", dependencies: ["CFlowPlugin", "Files"]),
    .target(name: "CounterRandom"),
    .target(name: "DNA"),
    .target(name: "Tokens", dependencies: ["DNA", "Files"]),
    .target(
      name: "Genome", dependencies: ["DNA", "Files", "CZlib", "CDeflate"]),
    .target(name: "Corpus", dependencies: ["DNA", "Tokens", "Genome", "Files", "CounterRandom"]),
    .target(name: "Collective"),
    .target(name: "CKernels"),
    .target(name: "CUDAKernels", exclude: ["kernels"]),
    .target(
      name: "Transformer",
      dependencies: [
        "Tokens", "DNA", "Files", "CounterRandom", "CKernels", "CUDAKernels", "CBLAS",
      ]),

    // The plugins.
    plugin("Encode", ["CCurl", "CZlib"]),
    plugin("Tokenize", genomics + ["CounterRandom"]),
    plugin("Pretrain", genomics + ["Transformer", "CounterRandom", "Collective"]),
    plugin("Finetune", genomics + ["Transformer", "CounterRandom"]),
    plugin("Wafer", genomics + ["CounterRandom", "CHDF5"]),

    // Tests mirror Sources and Plugins; PluginTests and EndToEndTests drive the built `flow`.
    tests("Files", ["Files", "FlowTesting", "CZlib"]),
    tests("FlowCore", ["FlowCore", "FlowTesting", "Files"]),
    tests("FlowReport", ["FlowReport", "FlowCore", "FlowTesting"]),
    tests("FlowUI", ["FlowUI", "FlowReport", "FlowCore", "FlowTesting", "Files"]),
    tests("FlowTerminal", ["flow", "FlowCore", "FlowTesting"]),
    tests("FlowInterop", ["FlowInterop", "FlowCore", "FlowTesting"]),
    tests("FlowProvenance", ["FlowProvenance", "FlowCore", "FlowTesting", "Files"]),
    tests("Tokens", ["Tokens", "DNA", "FlowTesting", "Files"]),
    tests("Genome", ["Genome", "DNA", "CounterRandom", "FlowTesting", "Files", "CZlib"]),
    tests(
      "Corpus", ["Corpus", "Genome", "Tokens", "DNA", "CounterRandom", "FlowTesting", "Files"]),
    tests("Collective", ["Collective", "FlowTesting", "collective-rank"]),
    .executableTarget(
      name: "collective-rank", dependencies: ["Collective"], path: "Tests/CollectiveRank"),
    tests("Transformer", ["Transformer", "Tokens", "CounterRandom", "Files", "FlowTesting"]),
    tests("Encode", ["Encode", "LoopbackPortal", "FlowTesting", "Files"]),
    .target(name: "LoopbackPortal", dependencies: ["Files"], path: "Tests/LoopbackPortal"),
    .executableTarget(
      name: "loopback-portal",
      dependencies: [
        "LoopbackPortal", "Files",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tests/LoopbackPortalCommand"),
    tests("Tokenize", genomics + ["Tokenize", "FlowTesting", "Files"]),
    tests("Pretrain", genomics + ["Pretrain", "Transformer", "FlowTesting", "Files"]),
    tests("Finetune", genomics + ["Finetune", "CounterRandom", "FlowTesting", "Files"]),
    tests("Wafer", genomics + ["Wafer", "FlowTesting", "Files"]),
    .target(
      name: "FlowTesting", dependencies: ["CFlowPlugin", "Files"], path: "Tests/FlowTesting"),
    // Readers of binary formats, fed with hostile bytes.
    .target(
      name: "FuzzTargets",
      dependencies: ["DNA", "Files", "Genome", "Tokens", "Corpus", "Transformer"],
      path: "Tests/FuzzTargets"),
    tests("Fuzz", ["FuzzTargets", "FlowTesting", "Files"]),
    tests("Plugin", ["FlowTesting", "Files"]),
    tests("EndToEnd", ["FlowTesting", "LoopbackPortal", "Files", "CSystem"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)

// scripts/fuzz.sh builds this with libFuzzer, which other builds have no need of.
if Context.environment["FLOW_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz"))
}
