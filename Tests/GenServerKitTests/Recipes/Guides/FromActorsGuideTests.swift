import GenServerKit
import GenServerTesting
import Testing

// The code of the guide "From actors to servers".

private enum Refusal: Error { case insufficientFunds, notCharged }

private actor WalletActor {
  var balance = 100

  func pay(_ amount: Int, by charge: @Sendable (Int) async -> Void) async throws {
    guard amount <= balance else { throw Refusal.insufficientFunds }
    await charge(amount)
    balance -= amount
  }
}

private struct Wallet: GenServer {
  enum Call: Sendable {
    case pay(Int, ReplyTo<Result<Int, Refusal>>)
    case balance(ReplyTo<Int>)
  }

  let charge: @Sendable (Int) async -> Void
  var balance = 100

  static func initialize(_ charge: @escaping @Sendable (Int) async -> Void, context: Context) -> Initial {
    .ok(Wallet(charge: charge))
  }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .pay(let amount, let client):
      guard amount <= balance else { return .fail(.insufficientFunds, to: client) }
      await charge(amount)
      balance -= amount
      return .reply(balance, to: client)
    case .balance(let client):
      return .reply(balance, to: client)
    }
  }
}

extension ServerRef where Server == Wallet {
  fileprivate func pay(_ amount: Int) async throws -> Int { try await call { .pay(amount, $0) }.get() }
  fileprivate func balance() async throws(CallError) -> Int { try await call { .balance($0) } }
}

/// The same without a wait in the handler.
private struct BusyWallet: GenServer {
  typealias Answer = Result<Int, Refusal>
  enum Call: Sendable {
    case pay(Int, ReplyTo<Answer>)
    case balance(ReplyTo<Int>)
  }
  enum Info: Sendable { case charged(Int, Result<Void, any Error>, ReplyTo<Answer>) }

  let charge: @Sendable (Int) async throws -> Void
  var balance = 100

  static func initialize(_ charge: @escaping @Sendable (Int) async throws -> Void, context: Context) -> Initial {
    .ok(BusyWallet(charge: charge))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .pay(let amount, let client):
      guard amount <= balance else { return .fail(.insufficientFunds, to: client) }
      balance -= amount  // reserved before anybody else looks
      let charge = charge
      // swift-format-ignore: OnlyOneTrailingClosureArgument
      context.task(as: { .charged(amount, $0, client) }) { try await charge(amount) }
      return .noReply
    case .balance(let client):
      return .reply(balance, to: client)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .charged(_, .success, let client):
      return .reply(balance, to: client)
    case .charged(let amount, .failure, let client):
      balance += amount
      return .fail(.notCharged, to: client)
    }
  }
}

/// Where two wait for each other.
private final class Meeting: Sendable {
  private let count = Observed(0)

  func join() async {
    count.change { $0 += 1 }
    #expect(await count.value { $0 == 2 } == 2)
  }
}

@Suite("Guide: From actors to servers") struct FromActorsGuideTests {
  @Test("the actor pays what it has not")
  func actor() async throws {
    let wallet = WalletActor()
    let meeting = Meeting()
    try await withThrowingTaskGroup { group in
      for _ in 1...2 {
        group.addTask {
          try await wallet.pay(70) { _ in
            // Both are between their check and their payment.
            await meeting.join()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(await wallet.balance == -40)
  }

  @Test("the server does not")
  func server() async throws {
    try await withTestRuntime { _ in
      let wallet = try await Wallet.start { _ in for _ in 1...10 { await Task.yield() } }
      async let first = try? wallet.pay(70)
      async let second = try? wallet.pay(70)
      #expect(await [first, second].compactMap { $0 } == [30])
      #expect(try await wallet.balance() == 30)
    }
  }

  @Test("the one that does not wait serves others meanwhile")
  func busy() async throws {
    try await withTestRuntime { _ in
      let gate = Gate()
      let wallet = try await BusyWallet.start { _ in try await gate.pass() }
      let payment = wallet.sendRequest { .pay(70, $0) }
      #expect(try await wallet.call { .balance($0) } == 30)
      #expect(try await wallet.call { .pay(70, $0) } == .failure(.insufficientFunds))
      gate.open()
      #expect(try await payment.value() == .success(30))
    }
  }
}
