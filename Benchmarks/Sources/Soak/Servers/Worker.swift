import GenServerKit

enum WorkerCall: Sendable {
  case job(Job, ReplyTo<Answer>)
  case tally(ReplyTo<Tally>)
}

enum WorkerCast: Sendable {
  case letter(Letter)
}

enum WorkerInfo: Sendable {
  case letter(Letter)
  case answer(Answer, ReplyTo<Answer>)
  case idle
}

/// How many letters of each sender a life has handled, of those it owed.
struct Tally: Sendable {
  let life: Int
  var handled: [Int: Int] = [:]
}

/// A server that the clients use. There are two of them, with plain and with async handlers, which do the same.
protocol Worker: GenServer
where Argument == WorkerArgument, Call == WorkerCall, Cast == WorkerCast, Info == WorkerInfo, Continue == Tag {
  static func address(_ reference: ServerRef<Self>) -> WorkerAddress
}

struct WorkerArgument: Sendable {
  let round: Round
  let traits: WorkerTraits
  var named: String?
}

/// What a handler has decided, for either kind of worker to put into a step.
enum WorkerOutcome {
  case goOn
  case answer(Answer, ReplyTo<Answer>)
  case answerThenContinue(Answer, ReplyTo<Answer>)
  case answerThenHibernate(Answer, ReplyTo<Answer>)
  case idle
  case `continue`(Tag)
  case stop
  case stopWithAnswer(Answer, ReplyTo<Answer>)
}

extension Worker {
  static func step(_ outcome: WorkerOutcome) -> NextStep<Self> {
    switch outcome {
    case .goOn: .noReply
    case .answer(let answer, let client): .reply(answer, to: client)
    case .answerThenContinue(let answer, let client): .reply(answer, to: client, then: .continue(answer.tag))
    case .answerThenHibernate(let answer, let client): .reply(answer, to: client, then: .hibernate)
    case .idle: .noReply(then: .timeout(.milliseconds(1), .idle))
    case .continue(let tag): .noReply(then: .continue(tag))
    case .stop: .stop(.normal)
    case .stopWithAnswer(let answer, let client): .stop(.normal, replying: answer, to: client)
    }
  }
}
