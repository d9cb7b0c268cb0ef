/// What makes a call end in one way.
enum Provocation: CaseIterable, Sendable {
  case answer
  case timeout
  case noProcess
  case unknownName
  case exit
  case callingSelf
  case deadlock
  case overloaded
  case noReply
  case cancelledBefore
  case cancelledWhileWaiting
  case wrongServer
  case noConnection
}
