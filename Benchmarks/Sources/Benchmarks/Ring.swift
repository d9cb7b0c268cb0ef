import GenServerKit

private let members = 503

extension Row {
  static let ring = [
    Row(
      "ring of 503 by cast, one message", bar: .ratio(atLeast: 3, aim: 6),
      ours: {
        let first = try await firstOfRing()
        return try await nanoseconds(members * 2_000) { hops in
          try await first.travel(hops: hops)
        }
      },
      stream: {
        let ring = (0..<members).map { _ in StreamRingMember() }
        for (index, member) in ring.enumerated() { ring[(index + 1) % members].follow(member) }
        let first = ring[0]
        return try await nanoseconds(members * 400) { hops in
          await first.travel(hops: hops)
        }
      }),

    Row(
      "ring of 503 by send, one message", bar: .ratio(atLeast: 3, aim: 6),
      ours: {
        let first = try await firstOfRing()
        return try await nanoseconds(members * 2_000) { hops in
          try await first.travelBySend(hops: hops)
        }
      }),
  ]
}

/// The first member of a ring that is closed.
private func firstOfRing() async throws -> ServerRef<RingMember> {
  var ring: [ServerRef<RingMember>] = []
  for _ in 0..<members { ring.append(try await RingMember.start()) }
  for (index, member) in ring.enumerated() { ring[(index + 1) % members].follow(member) }
  return ring[0]
}
