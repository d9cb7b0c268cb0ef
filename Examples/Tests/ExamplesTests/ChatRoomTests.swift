import Examples
import GenServerKit
import GenServerTesting
import Testing

@Suite struct ChatRoomTests {
  @Test func membersHearEachOther() async throws {
    try await withTestRuntime { _ in
      let room = try await ChatRoom.start(.seconds(60))
      let (ada, bob) = (try await ChatMember.start(), try await ChatMember.start())
      #expect(try await room.join("Ada", as: ada) == [])
      #expect(try await room.join("Bob", as: bob) == [.joined("Ada")])
      await #expect(throws: ChatRoom.Failure.nameIsTaken) { try await room.join("Ada", as: bob) }
      await #expect(throws: ChatRoom.Failure.notAMember) { try await room.say("Hello", by: "Eve") }
      try await room.say("Hello", by: "Ada")
      for event in [.joined("Bob"), .said("Hello", by: "Ada")] as [ChatRoom.Event] {
        #expect(try await bob.next() == event)
      }
    }
  }

  @Test func aMemberThatEndsHasLeft() async throws {
    try await withTestRuntime { _ in
      let room = try await ChatRoom.start(.seconds(60))
      let (ada, bob) = (try await ChatMember.start(), try await ChatMember.start())
      try await room.join("Ada", as: ada)
      try await room.join("Bob", as: bob)
      bob.pid?.exit(.killed)
      for event in [.joined("Ada"), .joined("Bob"), .left("Bob")] as [ChatRoom.Event] {
        #expect(try await ada.next() == event)
      }
      #expect(try await room.members() == ["Ada"])
    }
  }

  @Test func anEmptyRoomCloses() async throws {
    try await withTestRuntime { test in
      let room = try await ChatRoom.start(.seconds(60))
      let ada = try await ChatMember.start()
      try await room.join("Ada", as: ada)
      await test.clock.advance(by: .seconds(60))
      #expect(try await room.members() == ["Ada"])
      room.leave("Ada", as: ada)
      #expect(try await room.members() == [])
      await test.clock.advance(by: .seconds(60))
      #expect(await room.waitForExit() == .normal)
    }
  }
}
