// swift-tools-version: 6.2
import PackageDescription

// FEATURES=off: as for a user who has turned on none of the upcoming features.
let features = [
  "NonisolatedNonsendingByDefault", "ExistentialAny", "InferIsolatedConformances", "MemberImportVisibility",
]
let enabled = Context.environment["FEATURES"] == "off" ? [] : features

let settings: [SwiftSetting] =
  [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)] + enabled.map { .enableUpcomingFeature($0) }
let kit = Target.Dependency.product(name: "GenServerKit", package: "swift-genserver")

let package = Package(
  name: "Shapes",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "swift-genserver", path: "../..")],
  targets: [
    .executableTarget(name: "Shapes", dependencies: [kit, "MainActorByDefault"], swiftSettings: settings),
    // As in an app whose declarations belong to the main actor unless they say otherwise.
    .target(
      name: "MainActorByDefault", dependencies: [kit],
      swiftSettings: settings + [.defaultIsolation(MainActor.self)]),
  ])
