import Files
import FlowTesting
import Testing

@testable import FlowCore

/// Parts of keys against each other, and the ledger of an older flow.
@Suite struct KeyPartsTests {
  private func parts(_ contents: [String], paths: [String]? = nil) -> KeyParts {
    let inputs = contents.enumerated().map { position, content in
      ArtifactRecord(
        name: "files", path: paths?[position] ?? "/\(content)", sha256: content, kind: "file",
        bytes: 1, key: nil)
    }
    let content: JSON = ["key": 1, "shell": "true", "interpreter": "/bin/bash", "outputs": [:]]
    let operation = Manifest.Operation(
      name: "shell", summary: "", description: "", inputs: [], outputs: [], parameters: [])
    let task = Plan.Task(
      id: "it",
      of: Plan.Step(
        id: "it",
        Plan.Declaration(program: .script(ShellScript(text: "true")), operation: operation)),
      parameters: ["k": 1])
    return KeyParts(of: task, content: content, inputs: inputs)
  }

  @Test func equalPartsDoNotDiffer() {
    #expect(parts(["a", "b"]).differences(from: parts(["a", "b"])).isEmpty)
  }

  @Test func theSameContentsInAnotherOrderAreAnotherList() {
    #expect(parts(["b", "a"]).differences(from: parts(["a", "b"])) == [.order(input: "files")])
  }

  @Test func aChangedFileIsPairedWithItsPlace() throws {
    let old = parts(["a", "b", "c"], paths: ["/1", "/2", "/3"])
    let new = parts(["a", "x", "c"], paths: ["/1", "/2", "/3"])
    guard
      case .input("files", let before?, let after?) = try #require(
        new.differences(from: old).first)
    else { return #expect(Bool(false), "no pair") }
    #expect((before.sha256, after.sha256, after.path) == ("b", "x", "/2"))
  }

  @Test func aLongerListNamesOnlyWhatHasCome() {
    let found = parts(["a", "b", "c"]).differences(from: parts(["a", "c"]))
    #expect(found.count == 1)
    #expect(found.first?.values == "(none) → b")
  }

  @Test func parametersThatComeGoAndChange() {
    var (old, new) = (parts([]), parts([]))
    old.parameters = ["same": 1, "gone": true, "k": "one"]
    new.parameters = ["same": 1, "come": .array([1, 2]), "k": ""]
    #expect(
      new.differences(from: old).map { "\($0.part) \($0.values)" } == [
        "parameter 'come' (none) → [1,2]", "parameter 'gone' true → (none)",
        "parameter 'k' one → ''",
      ])
  }

  @Test func whateverElseDecidesIsNamedByItsNameInTheKey() {
    var (old, new) = (parts([]), parts([]))
    old.rest?["interpreter"] = "/bin/bash"
    new.rest?["interpreter"] = "/bin/dash"
    new.rest?["stub"] = true
    #expect(
      new.differences(from: old).map { "\($0.part) \($0.values)" }
        == ["interpreter /bin/bash → /bin/dash", "stub (none) → true"])
    // Not kept by an older flow: nothing is said of what is not known.
    old.rest = nil
    #expect(new.differences(from: old).isEmpty)
  }

  @Test func aLedgerOfAnOlderFlowIsBroughtUpToDateByReading() throws {
    let directory = try TemporaryDirectory()
    do {
      let database = try SQLiteConnection(directory.at("flow.db"))
      try database.script(Schema.migrations[0])
      try database.script("PRAGMA user_version = 1")
    }
    let ledger = try Ledger(reading: directory.path)
    #expect(try ledger.losses(ofKey: "any").isEmpty)
  }
}
