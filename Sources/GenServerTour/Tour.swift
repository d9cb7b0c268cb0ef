/// Examples of servers, one after another, told from the values that come back.
///
/// ```swift
/// let summary = await Tour.whole.run(Narrator { print($0) })
/// ```
public struct Tour: Sendable {
  public let chapters: [Chapter]

  init(_ chapters: [Chapter]) { self.chapters = chapters }

  /// Everything there is.
  public static let whole = Tour([
    OrderChapter.chapter, GuideChapter.chapter, DeadlockChapter.chapter, TakeANumberChapter.chapter,
    TaskHandlerChapter.chapter,
  ])

  public var examples: [Example] { chapters.flatMap(\.examples) }

  /// The examples with these ids, in the order of the tour.
  public func only(_ ids: [String]) throws(UnknownExamples) -> Tour {
    let known = examples.map(\.id)
    let unknown = ids.filter { !known.contains($0) }
    guard unknown.isEmpty else { throw UnknownExamples(unknown: unknown, known: known) }
    let chapters = chapters.map { chapter in
      Chapter(chapter.title, chapter.examples.filter { ids.contains($0.id) })
    }
    return Tour(chapters.filter { !$0.examples.isEmpty })
  }

  /// Runs all examples, also when one of them fails.
  public func run(_ narrator: Narrator) async -> Summary {
    var failures: [String] = []
    let stepsBefore = narrator.steps.count
    for chapter in chapters {
      narrator.begin(chapter)
      for example in chapter.examples {
        narrator.begin(example)
        do {
          try await example.run(narrator)
        } catch {
          narrator.tellFailure(of: example, error)
          failures.append(example.id)
        }
      }
    }
    let summary = Summary(
      examples: examples.count, steps: narrator.steps.count - stepsBefore, failures: failures)
    narrator.end(summary)
    return summary
  }
}

/// Nobody wrote examples with these ids.
public struct UnknownExamples: Error, Equatable, CustomStringConvertible {
  public let unknown: [String]
  public let known: [String]

  public var description: String {
    "There is no example \(unknown.joined(separator: ", ")). There are: \(known.joined(separator: ", "))."
  }
}
