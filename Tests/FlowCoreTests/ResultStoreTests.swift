import Files
import FlowTesting
import Testing

@testable import FlowCore

/// A result is believed only as a whole: an optional output that is not listed looks like one that was not made.
@Suite struct ResultStoreTests {
  let directory: TemporaryDirectory
  let store: ResultStore
  private static let key = String(repeating: "ab", count: 32)

  init() throws {
    directory = try TemporaryDirectory()
    store = ResultStore(
      state: StateDirectory(directory.path), ledger: try Ledger(writing: directory.path))
    let operation = Manifest.Operation(
      name: "make", summary: "", description: "", inputs: [],
      outputs: ["text", "warn"].map {
        Manifest.Output(
          name: $0, type: .file, path: "\($0).txt", isOptional: $0 == "warn", help: "")
      }, parameters: [])
    for output in ["text", "warn"] { try directory.write("made/\(output).txt", output) }
    try Path.createDirectory(store.state.step(Self.key))
    _ = try store.commit(
      directory.at("made"), key: Self.key, operation: operation, by: "plugin", step: 1)
  }

  private func names() throws -> [String]? {
    try store.result(Self.key, for: 1)?.keys.sorted()
  }

  private func isWhole() throws -> Bool {
    if case .whole = try store.examine(Self.key) { true } else { false }
  }

  @Test(arguments: [
    "DELETE FROM outputs WHERE name = 'warn'",
    "UPDATE outputs SET name = 'wasn' WHERE name = 'warn'",
    "UPDATE outputs SET key = 'x' || key WHERE name = 'warn'", "DELETE FROM artifacts",
    "UPDATE results SET digest = 'x'", "DELETE FROM results",
  ])
  func aDamagedListIsReplacedByThatBesideTheOutputs(_ damage: String) throws {
    #expect(try isWhole())
    try store.ledger.database.run(damage)
    #expect(try !isWhole())
    #expect(try names() == ["text", "warn"])
    #expect(try isWhole())
  }

  @Test func aDamagedListBesideTheOutputsIsNone() throws {
    try store.ledger.database.run("DELETE FROM results")
    let path = "\(store.state.step(Self.key))/outputs.json"
    let whole = try Path.readText(path)
    try WholeFile.write(whole.replacing(#""warn":"#, with: #""wasn":"#), to: path)
    #expect(try names() == nil)
    try WholeFile.write(whole, to: path)
    #expect(try names() == ["text", "warn"])
  }

  /// One that an older flow entered has no digest; then both lists must agree.
  @Test func anOlderResultIsWholeWhereBothListsAgree() throws {
    try store.ledger.database.run("UPDATE results SET digest = NULL")
    #expect(try isWhole())
    try store.ledger.database.run("DELETE FROM outputs WHERE name = 'warn'")
    #expect(try !isWhole())
    #expect(try names() == ["text", "warn"])
  }
}
