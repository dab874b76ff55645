import Files
import FlowTesting
import Testing

@testable import FlowCore

@Suite struct StepKeyTests {
  private static func manifest(version: String = "1") -> Manifest {
    Manifest(
      id: "p", version: version, abi: 1, library: "l.so", summary: "", environment: [],
      operations: [], path: "/anywhere")
  }

  private static func key(
    version: String = "1", library: String = "aa", operation: String = "o",
    parameters: [String: JSON] = ["k": 6],
    inputs: [StepKey.Input] = [(name: "files", sha256: ["11", "22"], paths: ["/x/a", "/x/b"])]
  ) -> String {
    StepKey.key(
      of: StepKey.content(
        plugin: manifest(version: version), librarySHA256: library, operation: operation,
        parameters: parameters, inputs: inputs))
  }

  @Test func everythingThatDecidesTheResultChangesTheKey() {
    let keys = [
      Self.key(), Self.key(version: "2"), Self.key(library: "bb"), Self.key(operation: "q"),
      Self.key(parameters: ["k": 5]), Self.key(parameters: ["k": "6"]),
      Self.key(inputs: [("files", ["22", "11"], [])]), Self.key(inputs: [("files", ["1122"], [])]),
      Self.key(inputs: [("other", ["11", "22"], [])]),
    ]
    #expect(Set(keys).count == keys.count)
  }

  @Test func toAPluginNamesOfFilesAreNothing() {
    #expect(Self.key(inputs: [("files", ["11", "22"], ["/y/c", "/y/d"])]) == Self.key())
  }

  @Test func toAScriptTheLastPartOfAPathIsContent() {
    func key(_ path: String) -> String {
      StepKey.key(
        of: StepKey.content(
          script: ShellScript(text: "fastqc $reads"), outputs: [], parameters: [:],
          inputs: [("reads", ["11"], [path])]))
    }
    #expect(key("/x/s1.fastq") == key("/y/s1.fastq"))
    #expect(key("/x/s1.fastq") != key("/x/s2.fastq"))
  }

  @Test func theKeyIsTheSameEverywhere() {
    // Written down: a change of this value would throw away every result in the world.
    #expect(Self.key() == "21c2bed561d7fe33bf27763aa17d2f4e041b54219f3ba1029bde7c763e6d7c82")
  }
}

@Suite struct ArtifactTests {
  let directory: TemporaryDirectory
  let hasher: ContentHasher

  init() throws {
    directory = try TemporaryDirectory()
    let database = try SQLiteConnection(directory.at("db"))
    try Schema.migrate(database)
    hasher = ContentHasher(database: database)
  }

  @Test func aDirectoryIsItsFilesByName() throws {
    try directory.write("a/one", "1")
    try directory.write("a/sub/two", "2")
    try directory.write("b/sub/two", "2")
    try directory.write("b/one", "1")
    let a = try hasher.artifact(at: directory.at("a"))
    #expect(a.sha256 == (try hasher.artifact(at: directory.at("b")).sha256))
    #expect(a.entries.map(\.path) == ["one", "sub/two"])
    #expect(a.bytes == 2)
    try directory.write("b/three", "")
    #expect(try hasher.artifact(at: directory.at("b")).sha256 != a.sha256)
  }

  @Test func linksAreFollowedInInputsAndRefusedInOutputs() throws {
    try directory.write("real", "x")
    try Path.createDirectory(directory.at("links"))
    _ = try RunningCommand(
      "/bin/ln", ["-s", directory.at("real"), directory.at("links/link")], in: directory.path
    ).wait()
    let artifact = try hasher.artifact(at: directory.at("links"))
    #expect(artifact.entries.first?.sha256 == StreamingHash.sha256(of: "x"))
    #expect(throws: FileError.self) {
      try hasher.artifact(at: directory.at("links"), allowLinks: false)
    }
  }

  @Test func aCircleOfLinksEnds() throws {
    try Path.createDirectory(directory.at("loop"))
    _ = try RunningCommand("/bin/ln", ["-s", ".", directory.at("loop/again")], in: directory.path)
      .wait()
    #expect(throws: FileError.self) { try hasher.artifact(at: directory.at("loop")) }
  }
}
