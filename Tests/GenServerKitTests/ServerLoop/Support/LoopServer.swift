import GenServerKit

/// A server that follows orders, in plain or in async handlers. What is the same in both stands here.
protocol LoopServer: GenServer
where Argument == LoopPlan, Call == LoopCall, Cast == Order, Info == Order, Continue == Order {
  var state: LoopState { get set }

  init(_ plan: LoopPlan)
}

struct LoopState {
  let plan: LoopPlan
  var notes: [String] = []
  /// Requests that the next order answers.
  var unanswered: [ReplyTo<[String]>] = []

  init(_ plan: LoopPlan) { self.plan = plan }
}

extension LoopServer {
  static func initial(_ plan: LoopPlan, context: Context) throws -> Initial {
    var server = Self(plan)
    server.follow(plan.order, context)
    switch plan.order.ending {
    case .stop(let reason): return .stop(reason)
    case .fail(let error): throw error
    default: return .ok(server, then: action(plan.order.ending))
    }
  }

  mutating func finish(_ call: LoopCall, context: Context) throws -> Next {
    switch call {
    case .follow(let order, let client):
      follow(order, context)
      switch order.ending {
      case .stop(let reason): return .stop(reason, replying: state.notes, to: client)
      case .fail(let error): throw error
      default: return .reply(state.notes, to: client, then: Self.action(order.ending))
      }
    case .followUnanswered(let order, let client):
      follow(order, context)
      state.unanswered.append(client)
      return try Self.next(order.ending)
    case .notes(let client):
      return .reply(state.notes, to: client)
    }
  }

  mutating func finish(_ order: Order, context: Context) throws -> Next {
    follow(order, context)
    return try Self.next(order.ending)
  }

  mutating func handleUnexpected(_ message: any Sendable, context: Context) throws -> Next {
    guard let message = message as? UnexpectedOrder else { return .noReply }
    return try finish(message.order, context: context)
  }

  func finish(_ reason: ExitReason) throws {
    state.plan.journal.write("terminate: \(reason), \(state.notes)")
    if let error = state.plan.error { throw error }
  }

  private mutating func follow(_ order: Order, _ context: Context) {
    if !order.note.isEmpty {
      state.notes.append(order.note)
      state.plan.handled.write(order.note)
    }
    for client in state.unanswered { client.reply(state.notes) }
    state.unanswered = []
    for message in order.messages { context.me.send(message) }
    for message in order.delayed { context.send(message, after: .seconds(1)) }
    order.done?.send()
  }

  private static func next(_ ending: Order.Ending) throws -> Next {
    switch ending {
    case .stop(let reason): return .stop(reason)
    case .fail(let error): throw error
    default:
      guard let action = action(ending) else { return .noReply }
      return .noReply(then: action)
    }
  }

  private static func action(_ ending: Order.Ending) -> ServerAction<Self>? {
    switch ending {
    case .goOn, .stop, .fail: nil
    case .timeout(let timeout, let order): .timeout(timeout, order)
    case .hibernate: .hibernate
    case .hibernateWithTimeout(let timeout, let order): .hibernate(timeout, order)
    case .proceed(let order): .continue(order)
    }
  }
}
