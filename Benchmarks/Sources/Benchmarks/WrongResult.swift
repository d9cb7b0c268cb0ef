/// A workload did not do what it was to be measured for: the figure would mean nothing.
struct WrongResult: Error {
  let expected: Int
  let found: Int
}

/// Every workload that counts ends with this, so that work that is lost or skipped cannot look fast.
func expect(_ found: Int, _ expected: Int) throws(WrongResult) {
  guard found == expected else { throw WrongResult(expected: expected, found: found) }
}
