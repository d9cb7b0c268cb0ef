/// The counter as a task that loops over an `AsyncStream`; a request carries the continuation that awaits its answer.
final class StreamCounter: Sendable {
  typealias Reply = CheckedContinuation<Int, Never>

  private enum Message: Sendable {
    case increment(Reply)
    case incrementAfterYield(Reply)
    case value(Reply)
    case add
    case block
  }

  private let messages: AsyncStream<Message>.Continuation
  private let loop: Task<Void, Never>

  init() {
    let (stream, messages) = AsyncStream.makeStream(of: Message.self)
    self.messages = messages
    loop = Task {
      var count = 0
      for await message in stream {
        switch message {
        case .increment(let client):
          count += 1
          client.resume(returning: count)
        case .incrementAfterYield(let client):
          await Task.yield()
          count += 1
          client.resume(returning: count)
        case .value(let client):
          client.resume(returning: count)
        case .add:
          count += 1
        case .block:
          blockThread()
        }
      }
    }
  }

  func increment() async -> Int { await withCheckedContinuation { messages.yield(.increment($0)) } }
  func incrementAfterYield() async -> Int { await withCheckedContinuation { messages.yield(.incrementAfterYield($0)) } }
  func value() async -> Int { await withCheckedContinuation { messages.yield(.value($0)) } }
  func add() { messages.yield(.add) }
  func block() { messages.yield(.block) }

  func stop() async {
    messages.finish()
    await loop.value
  }
}

/// A member of the ring as a task that loops over an `AsyncStream`.
final class StreamRingMember: Sendable {
  private enum Message: Sendable {
    case next(StreamRingMember)
    case travel(hops: Int, CheckedContinuation<Void, Never>)
    case hop(left: Int)
  }

  private let messages: AsyncStream<Message>.Continuation

  init() {
    let (stream, messages) = AsyncStream.makeStream(of: Message.self)
    self.messages = messages
    Task {
      var next: StreamRingMember?
      var waiting: CheckedContinuation<Void, Never>?
      for await message in stream {
        switch message {
        case .next(let member):
          next = member
        case .travel(let hops, let client):
          waiting = client
          next?.messages.yield(.hop(left: hops - 1))
        case .hop(left: 0):
          waiting.take()?.resume()
        case .hop(let left):
          next?.messages.yield(.hop(left: left - 1))
        }
      }
    }
  }

  func follow(_ member: StreamRingMember) { member.messages.yield(.next(self)) }

  func travel(hops: Int) async {
    await withCheckedContinuation { messages.yield(.travel(hops: hops, $0)) }
  }
}
