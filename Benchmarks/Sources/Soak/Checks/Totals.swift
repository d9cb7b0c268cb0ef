import Synchronization

/// What was done so far, for people to read, and to see that the checks had something to check.
final class Totals: Sendable {
  struct Count: ~Copyable {
    private let value = Atomic<Int>(0)

    var now: Int { value.load(ordering: .relaxed) }

    func add(_ amount: Int = 1) { value.wrappingAdd(amount, ordering: .relaxed) }
  }

  let rounds = Count()
  let abruptRounds = Count()
  let starts = Count()
  let restarts = Count()
  let calls = Count()
  let answers = Count()
  let casts = Count()
  let provenCasts = Count()
  let requests = Count()
  let crashes = Count()
  let kills = Count()
  let downs = Count()
  let timers = Count()
  let cancelledTimers = Count()
  let exchanges = Count()
  let chains = Count()
  let names = Count()
  let crashReports = Count()
  let warnings = Count()
  let blockedRecords = Count()
  let givenUp = Count()

  var line: String {
    "\(rounds.now) rounds, \(calls.now) calls, \(casts.now) casts, \(crashes.now) crashes, \(restarts.now) restarts"
  }

  var summary: String {
    """
    \(rounds.now) rounds, \(abruptRounds.now) of them shut down in the middle
    \(starts.now) servers started, \(crashes.now) crashed, \(kills.now) killed, \(restarts.now) restarted by managers
    \(calls.now) calls, \(answers.now) of them answered; \(requests.now) requests whose answers are messages
    \(casts.now) casts taken, \(provenCasts.now) of them counted in servers that lived to the end
    \(downs.now) ends told to monitors, \(timers.now) timers that came, \(cancelledTimers.now) cancelled in time
    \(exchanges.now) exchanges of raw processes, \(chains.now) chains of links broken, \(names.now) names taken
    \(givenUp.now) calls to bounded mailboxes given up, and nothing of them left there
    \(crashReports.now) crash reports, \(warnings.now) warnings, \(blockedRecords.now) records whose handler blocked
    """
  }
}
