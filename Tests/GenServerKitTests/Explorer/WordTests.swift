import Testing

@testable import GenServerKit

/// That the steps of the values are those of the atomic instructions, which know nothing but words.
@Suite("Words of the two machines")
struct WordTests {
  private static let replyWords = (0..<32).map { ReplyState(rawValue: $0) }
  private static let runWords = (0..<256).map { RunRight(rawValue: $0) }

  @Test("a step of an answer sets its mark, and leaves the others as they are")
  func replySteps() {
    for word in Self.replyWords {
      #expect(word.publishing().next.rawValue == word.rawValue | 2)
      #expect(word.attaching().next.rawValue == word.rawValue | 4)
      #expect(word.leaving().next.rawValue == word.rawValue | 8)
      #expect(word.watching().next.rawValue == word.rawValue | 16)
      #expect(word.reopening().rawValue == word.rawValue & ~1)
      #expect(word.claiming()?.rawValue == (word.rawValue & 1 == 1 ? nil : word.rawValue | 1))
    }
    #expect(ReplyState.answered.rawValue == 3)
  }

  @Test("who answers tells the one who waits, and nobody else")
  func publication() {
    for word in Self.replyWords {
      let isWatched = word.has(.watched)
      #expect(
        word.publishing().effect == (word.has(.waited) ? .isTold(isWatched: isWatched) : .isFound(endsWatch: isWatched))
      )
    }
  }

  @Test("marks take the run right of each idle word, and of no other")
  func marking() {
    let idle: [RunRight] = [.idle, .idleNotLending, .idleForLong, .hibernating]
    for word in Self.runWords where word.isHeld || idle.contains(word) {
      for marks in [RunRight.messageMarks, .exitMarks] {
        let step = word.marking(marks)
        #expect(step.takesRunRight == idle.contains(word))
        if step.takesRunRight {
          #expect(step.next == RunRight.running.with(marks.without(.more)))
        } else if word.has(marks) {
          #expect(step.next == nil)
        } else {
          #expect(step.next == word.with(marks))
        }
      }
    }
  }

  @Test("any mark keeps the run right with its holder")
  func lettingGo() {
    let steps: [RunRight.Exchange] = [
      .lettingGo(to: .idle), .lettingGo(to: .idleNotLending), .hibernatingNow,
    ]
    for word in Self.runWords {
      for step in steps {
        #expect(step.applied(to: word) == (word == .running ? step.desired : nil))
        #expect(!step.desired.isHeld)
      }
    }
  }

  @Test("a caller runs only a process that lends")
  func borrowing() {
    for word in Self.runWords {
      #expect((RunRight.Exchange.borrowing.applied(to: word) != nil) == (word == .idle))
    }
  }
}
