import GenServerKit

extension TakeANumberChapter {
  struct CallOrCastOutcome {
    let waitingCasts: Int?
    let waitingCalls: Int?
    let written: Int
    let delivery: Delivery
    let call: CallError
    let afterwards: Delivery
  }

  static func callOrCast(_ tour: Narrator) async throws -> CallOrCastOutcome {
    tour.remark("Casts pile up as fast as they can be sent")
    let disk = try await Gate.start()
    let casts = tour.show("DiskLogger.start(disk)", try await DiskLogger.start(disk))
    tour.show(#"casts.writeLater("line 0")"#, casts.writeLater("line 0"))
    try await disk.arrival()
    for number in 1...1000 { casts.writeLater("line \(number)") }
    let waitingCasts = tour.show(
      "casts.pid?.snapshot?.mailboxCount, after 1000 more", casts.pid?.snapshot?.mailboxCount)

    tour.remark("A client that calls sends the next line when the last one is written")
    let otherDisk = try await Gate.start()
    let calls = tour.show("DiskLogger.start(disk)", try await DiskLogger.start(otherDisk))
    let client = Task { for number in 0...1000 { try await calls.write("line \(number)") } }
    try await otherDisk.arrival()
    let waitingCalls = tour.show(
      "calls.pid?.snapshot?.mailboxCount, while a client writes 1001 lines", calls.pid?.snapshot?.mailboxCount)
    tour.show("disk.open()", otherDisk.open())
    try await client.value
    let written = tour.show("calls.lines().count", try await calls.lines().count)

    tour.remark("A cast that lies in the mailbox has not been handled, and may never be; an answer proves it")
    let slowDisk = try await Gate.start()
    let dying = tour.show("DiskLogger.start(disk)", try await DiskLogger.start(slowDisk))
    dying.writeLater("line 0")
    try await slowDisk.arrival()
    let delivery = tour.show(#"dying.writeLater("by cast")"#, dying.writeLater("by cast"))
    let request = dying.requestWrite("by call")
    tour.show("dying.pid?.exit(.killed)", dying.pid?.exit(.killed))
    let call = try await tour.failure(CallError.self, #"dying.requestWrite("by call").value()"#) {
      try await request.value()
    }
    tour.show("dying.waitForExit()", await dying.waitForExit())
    let afterwards = tour.show(#"dying.writeLater("too late")"#, dying.writeLater("too late"))
    return CallOrCastOutcome(
      waitingCasts: waitingCasts, waitingCalls: waitingCalls, written: written, delivery: delivery, call: call,
      afterwards: afterwards)
  }
}
