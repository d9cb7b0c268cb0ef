// swift-tools-version: 6.3

import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "Examples",
  products: [
    .library(name: "Examples", targets: ["Examples"]),
    .executable(name: "examples", targets: ["RunExamples"]),
  ],
  dependencies: [
    .package(name: "swift-genserver", path: "..")
  ],
  targets: [
    .target(
      name: "Examples",
      dependencies: [.product(name: "GenServerKit", package: "swift-genserver")],
      swiftSettings: settings),
    .executableTarget(
      name: "RunExamples",
      dependencies: ["Examples", .product(name: "GenServerKit", package: "swift-genserver")],
      swiftSettings: settings),
    .testTarget(
      name: "ExamplesTests",
      dependencies: ["Examples", .product(name: "GenServerTesting", package: "swift-genserver")],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6])
