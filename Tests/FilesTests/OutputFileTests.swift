import FlowTesting
import Glibc
import Testing

@testable import Files

/// What `-o FILE` leads to.
@Suite struct OutputFileTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func aFileIsReplacedWholeOrStaysAsItWas() throws {
    let path = try directory.write("file", "old")
    let unfinished = try OutputFile(path)
    try unfinished.write(Array("half".utf8))
    #expect(try directory.read("file") == "old")
    try withExtendedLifetime(unfinished) { try OutputFile.write("new", to: path) }
    #expect(try directory.read("file") == "new")
  }

  @Test func aLinkStaysAndItsFileIsReplaced() throws {
    try directory.write("there", "old")
    for (link, target) in [("one", "there"), ("two", "one"), ("dangling", "folder/new")] {
      try #require(symlink(target, directory.at(link)) == 0)
    }
    try Path.createDirectory(directory.at("folder"))
    try OutputFile.write("new", to: directory.at("two"))
    try OutputFile.write("made", to: directory.at("dangling"))
    #expect(try directory.read("there") == "new")
    #expect(try directory.read("folder/new") == "made")
    for link in ["one", "two", "dangling"] {
      #expect(try Path.kind(directory.at(link)) == .link)
    }
    #expect(try Path.list(directory.at("folder")) == ["new"], "nothing is left beside it")
  }

  @Test func whatIsNoFileIsWrittenIntoAndStays() throws {
    let pipe = directory.at("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    let reader = open(pipe, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    try OutputFile.write("text", to: pipe)
    var bytes = [UInt8](repeating: 0, count: 10)
    #expect(read(reader, &bytes, 10) == 4)
    #expect(try Path.kind(pipe) == .other)
    #expect(throws: FileError("write", "/dev/full", errno: ENOSPC)) {
      try OutputFile.write("text", to: "/dev/full")
    }
  }

  @Test func namesOfWhatIsOpenAreThat() throws {
    for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
      #expect(try OutputFile.target(of: name) == .open(1))
    }
    try #require(symlink("/dev/stdout", directory.at("out")) == 0)
    #expect(OutputFile.isStandardOutput(directory.at("out")))
    #expect(!OutputFile.isStandardOutput("/dev/fd/2"))
    #expect(try OutputFile.target(of: "/dev/stderr") == .open(2))
    #expect(!OutputFile.isStandardOutput("./-"))
  }

  @Test func directoriesAndCirclesAreRefused() throws {
    try #require(symlink("circle", directory.at("circle")) == 0)
    #expect(throws: FileError("write", directory.at("circle"), errno: ELOOP)) {
      try OutputFile(directory.at("circle"))
    }
    #expect {
      try OutputFile(directory.path)
    } throws: {
      "\($0)".hasSuffix("it is a directory; name a file in it")
    }
    #expect {
      try OutputFile(directory.at("nowhere/file"))
    } throws: {
      "\($0)" == "cannot create \(directory.at("nowhere/file")): No such file or directory"
    }
  }
}
