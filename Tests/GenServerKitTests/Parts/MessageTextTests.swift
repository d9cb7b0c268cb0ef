import Testing

@testable import GenServerKit

private enum TextMessage {
  case size
  case push(Int)
  case say(String)
  case pop(ReplyTo<Int>)
  case put(key: String, Int)
  case only(label: Int)
  case lookup(String, ReplyTo<Int>)
  case replace(key: String, with: [Int], ReplyTo<Result<Int, ExitReason>>)
  case both(ReplyTo<Int>, ReplyTo<Void>)
  case nested(TextPayload)
  case perhaps(Int?)
  case go(TextWay, TextWay)
}

private enum TextWay { case north }

private struct TextPayload {
  let number = 3
  let client = ReplyTo<Int>(ReplyNode.spent)
}

private struct TextStructure: CustomStringConvertible {
  let description = "a structure"
}

@Suite("Message text") struct MessageTextTests {
  private let client = ReplyTo<Int>(ReplyNode.spent)

  @Test("A case without values is its name")
  func bare() {
    #expect(MessageText.describe(TextMessage.size) == "size")
  }

  @Test("Names of private types come without an address")
  func privateTypes() {
    let text = MessageText.describe(TextMessage.go(.north, .north))
    #expect(text == "go(GenServerKitTests.TextWay.north, GenServerKitTests.TextWay.north)")
  }

  @Test("A case with values shows them as they are written")
  func values() {
    #expect(MessageText.describe(TextMessage.push(4)) == "push(4)")
    #expect(MessageText.describe(TextMessage.say("a \"b\"")) == #"say("a \"b\"")"#)
    #expect(MessageText.describe(TextMessage.perhaps(nil)) == "perhaps(nil)")
  }

  @Test("Labels are shown")
  func labels() {
    #expect(MessageText.describe(TextMessage.put(key: "a", 1)) == #"put(key: "a", 1)"#)
    #expect(MessageText.describe(TextMessage.only(label: 1)) == "only(label: 1)")
  }

  @Test("Reply handles are left out")
  func replyHandles() {
    #expect(MessageText.describe(TextMessage.pop(client)) == "pop")
    #expect(MessageText.describe(TextMessage.lookup("a", client)) == #"lookup("a")"#)
    #expect(MessageText.describe(TextMessage.both(client, ReplyTo(ReplyNode.spent))) == "both")
    let replace = TextMessage.replace(key: "a", with: [1, 2], ReplyTo(ReplyNode.spent))
    #expect(MessageText.describe(replace) == #"replace(key: "a", with: [1, 2])"#)
  }

  @Test("A reply handle deeper inside is shown by the type of its answer")
  func nestedReplyHandle() {
    let text = MessageText.describe(TextMessage.nested(TextPayload()))
    #expect(text.hasPrefix("nested("))
    #expect(text.contains("number: 3"))
    #expect(text.contains("ReplyTo<Int>"))
    #expect(client.description == "ReplyTo<Int>")
  }

  @Test("What is no enum is shown as it describes itself")
  func others() {
    #expect(MessageText.describe("hello") == "hello")
    #expect(MessageText.describe(42) == "42")
    #expect(MessageText.describe([1, 2]) == "[1, 2]")
    #expect(MessageText.describe(TextStructure()) == "a structure")
  }
}
