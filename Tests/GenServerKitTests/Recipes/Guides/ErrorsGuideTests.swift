import GenServerKit
import GenServerTesting
import Logging
import Testing

// The code of the guide "Errors and exits".

private struct Account: GenServer {
  enum Failure: Error, Equatable { case insufficientFunds(missing: Int) }
  struct LedgerIsCorrupt: Error {}
  enum Call: Sendable {
    case withdraw(Int, ReplyTo<Result<Int, Failure>>)
    case audit(ReplyTo<Int>)
  }

  var balance: Int
  var entries: [Int]

  static func initialize(_ entries: [Int], context: Context) -> Initial {
    .ok(Account(balance: entries.reduce(0, +), entries: entries))
  }

  mutating func handleCall(_ call: Call, context: Context) throws -> Next {
    switch call {
    case .withdraw(let amount, let client):
      guard amount <= balance else { return .fail(.insufficientFunds(missing: amount - balance), to: client) }
      balance -= amount
      return .reply(balance, to: client)
    case .audit(let client):
      guard balance == entries.reduce(0, +) else { throw LedgerIsCorrupt() }
      return .reply(balance, to: client)
    }
  }
}

extension ServerRef where Server == Account {
  fileprivate func withdraw(_ amount: Int) async throws -> Int { try await call { .withdraw(amount, $0) }.get() }
  fileprivate func audit() async throws(CallError) -> Int { try await call { .audit($0) } }
}

private struct Bank: GenServer {
  enum Call: Sendable {
    case auditOrCrash(ReplyTo<Int>)
    case audit(ReplyTo<Result<Int, CallError>>)
  }

  let account: Account.Ref

  static func initialize(_ account: Account.Ref, context: Context) -> Initial { .ok(Bank(account: account)) }

  func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .auditOrCrash(let client):
      return .reply(try await account.audit(), to: client)
    case .audit(let client):
      do throws(CallError) {
        return .reply(try await account.audit(), to: client)
      } catch {
        return .fail(error, to: client)
      }
    }
  }
}

/// Writes its lines out when it ends.
private struct LogFile: GenServer {
  struct NotOneLine: Error {}
  enum Cast: Sendable { case append(String) }
  enum Info: Sendable { case exited(Exit) }

  let disk: Journal
  var lines: [String] = []

  static func initialize(_ disk: Journal, context: Context) -> Initial {
    context.trapExits { .exited($0) }
    return .ok(LogFile(disk: disk))
  }

  mutating func handleCast(_ cast: Cast, context: Context) throws -> Next {
    switch cast {
    case .append(let line):
      // Before anything is changed: `terminate` writes out what is there.
      guard !line.contains("\n") else { throw NotOneLine() }
      lines.append(line)
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .exited(let exit): .stop(exit.reason)
    }
  }

  func terminate(_ reason: ExitReason, context: Context) {
    for line in lines { disk.write(line) }
  }
}

@Suite("Guide: Errors and exits") struct ErrorsGuideTests {
  private func corruptAccount() async throws -> Account.Ref {
    let account = try await Account.start([10])
    _ = try await account.withdraw(1)
    return account
  }

  @Test("an expected failure is an answer, and the server goes on")
  func expected() async throws {
    try await withTestRuntime { test in
      let account = try await Account.start([10])
      await #expect(throws: Account.Failure.insufficientFunds(missing: 5)) { try await account.withdraw(15) }
      #expect(try await account.withdraw(3) == 7)
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("a thrown error ends the server, and is what its caller hears")
  func thrown() async throws {
    try await withTestRuntime { test in
      let account = try await corruptAccount()
      do throws(CallError) {
        _ = try await account.audit()
        Issue.record("it answered")
      } catch {
        switch error {
        case .exit(.failure(let reason), _) where reason is Account.LedgerIsCorrupt: break
        default: throw error
        }
      }
      #expect(await account.waitForExit() == .failure(Account.LedgerIsCorrupt()))
      #expect(test.logs.entries.map(\.level) == [.error])
    }
  }

  @Test("a failed call that nobody catches ends its caller too")
  func passedOn() async throws {
    try await withTestRuntime { _ in
      let bank = try await Bank.start(try await corruptAccount())
      let error = await #expect(throws: CallError.self) { try await bank.call { .auditOrCrash($0) } }
      guard case .exit(.failure(let inner), _) = error else { throw try #require(error) }
      #expect(inner as? CallError == .exit(.failure(Account.LedgerIsCorrupt())))
      #expect(!bank.isAlive)
    }
  }

  @Test("a failed call that is answered for leaves its caller as it was")
  func caught() async throws {
    try await withTestRuntime { _ in
      let bank = try await Bank.start(try await corruptAccount())
      let result = try await bank.call { .audit($0) }
      #expect(result == .failure(.exit(.failure(Account.LedgerIsCorrupt()))))
      #expect(bank.isAlive)
    }
  }

  @Test("a server that traps exits cleans up, and a kill leaves it no time to")
  func trapping() async throws {
    try await withTestRuntime { _ in
      let disk = Journal()
      let file = try await LogFile.start(disk)
      file.cast(.append("one"))
      file.pid?.exit(.shutdown)
      #expect(await file.waitForExit() == .shutdown)
      #expect(disk.lines == ["one"])

      let failing = try await LogFile.start(disk)
      failing.cast(.append("whole"))
      failing.cast(.append("half\na line"))
      guard case .failure(is LogFile.NotOneLine) = await failing.waitForExit() else {
        _ = Issue.record("ended for another reason")
        return
      }
      #expect(disk.lines == ["one", "whole"])

      let killed = try await LogFile.start(disk)
      killed.cast(.append("two"))
      killed.pid?.exit(.killed)
      #expect(await killed.waitForExit() == .killed)
      #expect(disk.lines == ["one", "whole"])
    }
  }
}
