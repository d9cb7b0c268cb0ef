import GenServerKit

/// Servers that look whether the messages of each sender arrive in order.
protocol Sequencer: GenServer where Argument == Int, Call == SequencerCall, Cast == SequencerCast {
  var state: SequencerState { get set }
}

enum SequencerCall: Sendable {
  case last(Int, ReplyTo<Int>)
  case summary(ReplyTo<(count: Int, wrong: Int)>)
}

enum SequencerCast: Sendable {
  case item(Int, Int)
  case tell(Signal)
}

struct SequencerState {
  var last: [Int]
  var count = 0
  var wrong = 0

  init(_ senders: Int) { last = Array(repeating: 0, count: senders) }
}

extension Sequencer {
  func answer(_ call: SequencerCall) -> Next {
    switch call {
    case .last(let sender, let client): .reply(state.last[sender], to: client)
    case .summary(let client): .reply((state.count, state.wrong), to: client)
    }
  }

  mutating func take(_ cast: SequencerCast) -> Next {
    switch cast {
    case .item(let sender, let number):
      if number != state.last[sender] + 1 { state.wrong += 1 }
      state.last[sender] = number
      state.count += 1
    case .tell(let signal):
      signal.send()
    }
    return .noReply
  }
}

struct PlainSequencer: Sequencer {
  var state: SequencerState

  static func initialize(_ senders: Int, context: Context) -> Initial {
    .ok(PlainSequencer(state: SequencerState(senders)))
  }

  mutating func handleCall(_ call: SequencerCall, context: Context) -> Next { answer(call) }
  mutating func handleCast(_ cast: SequencerCast, context: Context) -> Next { take(cast) }
}

/// Suspends now and then: not before each message, so that batches of messages and single ones are handled both ways.
struct AsyncSequencer: Sequencer {
  var state: SequencerState

  static func initialize(_ senders: Int, context: Context) async -> Initial {
    .ok(AsyncSequencer(state: SequencerState(senders)))
  }

  mutating func handleCall(_ call: SequencerCall, context: Context) async -> Next {
    if state.count % 3 == 0 { await Task.yield() }
    return answer(call)
  }

  mutating func handleCast(_ cast: SequencerCast, context: Context) async -> Next {
    if state.count % 16 == 0 { await Task.yield() }
    return take(cast)
  }
}

extension ServerRef where Server: Sequencer {
  func last(of sender: Int) async throws(CallError) -> Int { try await call(timeout: .infinity) { .last(sender, $0) } }
  func summary() async throws(CallError) -> (count: Int, wrong: Int) {
    try await call(timeout: .infinity) { .summary($0) }
  }
}
