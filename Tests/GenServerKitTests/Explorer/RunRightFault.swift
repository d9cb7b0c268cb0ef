/// A mistake in one step of the run right, or in the order of the steps.
enum RunRightFault: CaseIterable {
  /// A caller that has run a handler stores the idle word, whatever came meanwhile.
  case givingBackStores
  /// The scheduler's thread does.
  case lettingGoStores
  /// What gave up memory does.
  case hibernatingStores
  /// The timer that looks for idleness writes its word, whoever runs the process.
  case noticingStores
  /// A message is put in under the lock, and the holder is told when the lock is open.
  case tellingOutsideLock
  /// *More* is taken away when the mailbox has been looked at.
  case clearingAfterLook
  /// The first message sets *more* and leaves the run right where it is.
  case messageDoesNotTake
  /// An exit signal sets its mark, and leaves an idle process where it lies.
  case exitDoesNotTake
  /// An exit signal writes the word of a process that was idle.
  case exitStores
  /// A message hands the process to the scheduler although somebody runs it.
  case messageTakesTwice
  /// A request of the system takes the run right only when it is the first message.
  case systemRequestTakesLast
  /// A caller runs a process that does not lend.
  case borrowingUnlent
  /// A caller whom the scheduler lets does not ask whether the process is suspended.
  case runningSuspended
  /// A suspended process goes back to the idle word that lends.
  case lendingWhileSuspended
  /// A caller whose request an activation handles gives the run right back.
  case lenderGivesBackTwice
  /// A process that has ended lets go of its run right.
  case lettingGoAfterEnd
  /// The last answer is sent before the mailbox is closed.
  case answeringBeforeClosing
  /// The mailbox is closed when its messages have been dropped.
  case closingLate
  /// The messages are dropped before the mark that says that the end has begun.
  case endingMarkLate
  /// The observers are told before the process counts as over, so that one who comes in between hears nothing.
  case overLate
}
