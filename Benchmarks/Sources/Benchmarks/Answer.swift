/// What a client does with an answer, as every client does something.
///
/// With nothing at all between two calls, the optimizer lets the client of an actor stay on that actor from one call
/// to the next, and the figure is no longer that of a call.
@inline(never) func use(_ answer: Int) {
  if answer < 0 { print(answer) }
}
