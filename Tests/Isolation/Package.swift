// swift-tools-version: 6.2
import PackageDescription

// The tests of the isolation of callers once more, for a release build: the whole suite would take minutes to optimize. The
// files are links to those of the suite, whose settings these are.
let settings: [SwiftSetting] =
  [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
  + [
    "NonisolatedNonsendingByDefault", "ExistentialAny", "InferIsolatedConformances", "InternalImportsByDefault",
    "MemberImportVisibility",
  ].map { .enableUpcomingFeature($0) }

let package = Package(
  name: "Isolation",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "swift-genserver", path: "../..")],
  targets: [
    .testTarget(
      name: "IsolationTests", dependencies: [.product(name: "GenServerKit", package: "swift-genserver")],
      swiftSettings: settings)
  ])
