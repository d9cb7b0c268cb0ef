import GenServerKit

/// A raw process that answers questions, and the call to it, made of messages for which nobody waits.
enum Oracle {
  struct Question: Sendable {
    let text: String
    let sender: PID
    let reference: Monitor
  }
  struct Answer: Sendable {
    let text: String
    let reference: Monitor
  }
  struct Silence: Error, Equatable {}

  /// Thinks about a question that ends in `…` until the next one comes, and goes away when it is asked to.
  static func start() -> PID {
    spawn { process in
      var unanswered: [Question] = []
      while true {
        let question = try await process.receive(Question.self)
        unanswered.append(question)
        if question.text.hasSuffix("!") { throw ExitReason.shutdownBecause("offended") }
        if question.text.hasSuffix("…") { continue }
        for question in unanswered {
          question.sender.send(Answer(text: "\(question.text) Yes.", reference: question.reference))
        }
        unanswered = []
      }
    }
  }
}

extension RawProcess {
  /// Sends a question that says who asks, and waits for the answer to this one, or for the end of the oracle.
  func ask(_ text: String, of oracle: PID, timeout: Timeout) async throws -> String {
    // The watch is the reference too, as in OTP: no other question has it, and it tells of an end.
    let reference = monitor(oracle)
    defer { demonitor(reference) }
    oracle.send(Oracle.Question(text: text, sender: pid, reference: reference))
    let message = try await receive((any Sendable).self, timeout: timeout) { message in
      (message as? Oracle.Answer)?.reference == reference || (message as? Down)?.monitor == reference
    }
    switch message {
    case let answer as Oracle.Answer: return answer.text
    case let down as Down: throw down.reason
    default: throw Oracle.Silence()
    }
  }
}
