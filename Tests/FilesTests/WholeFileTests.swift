import Files
import FlowTesting
import Testing

@Suite struct WholeFileTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func aFileIsReplacedWhole() throws {
    try WholeFile.write("old and longer", to: directory.at("file"))
    try WholeFile.write("new", to: directory.at("file"))
    #expect(try directory.read("file") == "new")
    #expect(try Path.list(directory.path) == ["file"], "nothing is left beside it")
  }

  @Test func aFailedWriteLeavesNothing() throws {
    #expect(throws: FileError.self) {
      try WholeFile.write("text", to: directory.at("nowhere/file"))
    }
    #expect(try Path.list(directory.path).isEmpty)
  }

  @Test func removingADirectoryDoesNotFollowLinks() throws {
    try directory.write("kept/file", "kept")
    try Path.createDirectory(directory.at("removed"))
    try #require(
      RunningCommand(
        "/bin/ln", ["-s", directory.at("kept"), directory.at("removed/link")], in: directory.path
      ).wait().status == 0)
    try Path.remove(directory.at("removed"))
    #expect(!directory.exists("removed"))
    #expect(try directory.read("kept/file") == "kept")
  }

  @Test func errorsNameActionPathAndReason() {
    #expect {
      try Path.read("/nowhere/at/all")
    } throws: {
      "\($0)" == "cannot open /nowhere/at/all: No such file or directory"
    }
  }

  @Test func mappedBytesAreTheFiles() throws {
    let path = try directory.write("file", "ACGT")
    let file = try MappedFile(path)
    withExtendedLifetime(file) { #expect(Array(file.bytes) == Array("ACGT".utf8)) }
    #expect(try MappedFile(directory.write("empty", "")).bytes.isEmpty)
  }
}
