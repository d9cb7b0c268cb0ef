// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  // Data races are compile errors.
  .swiftLanguageMode(.v6),
  // An async function stays on its caller's actor unless it says otherwise: a client method must not hop.
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  // `any` shows where a call is dynamic.
  .enableUpcomingFeature("ExistentialAny"),
  // A conformance is isolated only where its type is; `GenServer` refuses those, and says so early.
  .enableUpcomingFeature("InferIsolatedConformances"),
  // A dependency that shows in the public API is a decision: `public import` marks it.
  .enableUpcomingFeature("InternalImportsByDefault"),
  // Members come from modules that the file imports itself, so that no import is needed by accident.
  .enableUpcomingFeature("MemberImportVisibility"),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
  name: "swift-genserver",
  // As new as `Task.immediateDetached` and `Synchronization` need.
  platforms: [.macOS(.v26), .iOS(.v26), .tvOS(.v26), .watchOS(.v26), .visionOS(.v26)],
  products: [
    .library(name: "GenServerKit", targets: ["GenServerKit"]),
    .library(name: "GenServerTesting", targets: ["GenServerTesting"]),
    .executable(name: "genserver", targets: ["genserver"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.5.0"),
  ],
  targets: [
    .target(name: "GenServerKitC"),
    .target(name: "GenServerKit", dependencies: ["GenServerKitC", logging], swiftSettings: settings),
    .target(
      name: "GenServerTesting", dependencies: ["GenServerKit", "GenServerKitC", logging], swiftSettings: settings),
    // A generic server made by hand, and an example that is the same file on it and on the library.
    .target(name: "HandmadeServer", dependencies: ["GenServerKit"], swiftSettings: settings),
    .target(name: "HandmadeServerOnLibrary", dependencies: ["GenServerKit"], swiftSettings: settings),
    .target(
      name: "GenServerTour",
      dependencies: ["GenServerKit", "GenServerTesting", "HandmadeServer", "HandmadeServerOnLibrary", logging],
      swiftSettings: settings),
    .executableTarget(
      name: "genserver",
      dependencies: ["GenServerTour", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: settings),
    .testTarget(
      name: "GenServerKitTests", dependencies: ["GenServerKit", "GenServerTesting", logging], swiftSettings: settings),
    // As in an app whose declarations belong to the main actor unless they say otherwise.
    .testTarget(
      name: "MainActorByDefaultTests", dependencies: ["GenServerKit", "GenServerTesting"],
      swiftSettings: settings + [.defaultIsolation(MainActor.self)]),
    .testTarget(
      name: "GenServerTestingTests", dependencies: ["GenServerKit", "GenServerTesting", logging],
      swiftSettings: settings),
    .testTarget(
      name: "SimulatedTests", dependencies: ["GenServerKit", "GenServerTesting"], swiftSettings: settings),
    .testTarget(
      name: "GenServerTourTests", dependencies: ["GenServerKit", "GenServerTesting", "GenServerTour"],
      swiftSettings: settings),
  ])
