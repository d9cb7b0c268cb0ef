/// A mistake in one step of an answer, or in the order of the steps.
enum ReplyFault: CaseIterable {
  /// The answer of a lent run looks for the mark of a watch, and stores when there is none: a mark that is set in between
  /// is lost, and with it the watch.
  case loadingThenStoring
  /// The caller of a lent run that has its answer does not look for watches.
  case lenderForgetsWatch
  /// A watch sets its mark, and is put where the caller finds it afterwards.
  case markBeforeWatch
  /// Who comes to watch a caller that has had its answer hears that it gave up.
  case watchOfAnsweredTells
  /// A caller that knows of a watch only when it has given up tells nobody.
  case watchAfterTimeout
  /// The thread uses the node for its next call while others hold it.
  case recyclingUnasked
  /// Two who look at the same moment may both answer.
  case claimingByStore
  /// The answer is stored, whoever has come to wait meanwhile.
  case publishingByStore
  /// The caller asks for an answer, and then publishes that it waits.
  case askingBeforeWaiting
  /// What takes an answer back stores the open word.
  case reopeningByStore
  /// The caller goes to sleep, whatever came meanwhile.
  case parkingByStore
  /// The end of the time counts although there is an outcome.
  case timeoutUnasked
  /// The caller keeps its reference while it waits.
  case waitingWithReference
  /// A caller that joins the observers does not look whether the process is over.
  case observingUnasked
  /// The handles that a dying process drops count as lost.
  case losingWhileEnding
  /// Who comes to wait does not ask whether the handler has left.
  case forgettingThatHandlerLeft
}
