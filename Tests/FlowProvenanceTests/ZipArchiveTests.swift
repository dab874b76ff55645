import Files
import FlowTesting
import Testing

@testable import FlowProvenance

/// Archives, read back by another's reader: that of Python, where it is installed.
@Suite(.enabled(if: Path.exists("/usr/bin/python3"))) struct ZipArchiveTests {
  let work: TemporaryDirectory

  init() throws { work = try TemporaryDirectory() }

  private func python(_ program: String) throws -> String {
    let result = try RunningCommand("/usr/bin/python3", ["-c", program], in: work.path).wait()
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }

  @Test func filesComeOutAsTheyWentIn() throws {
    try work.write("a", "one")
    try work.write("b", String(repeating: "two\n", count: 500_000))
    try work.write("empty", "")
    let archive = try ZipArchive(work.at("x.zip"))
    #expect(
      try archive.add(work.at("a"), as: "d/a \"b\"\n%ü.txt") == StreamingHash.sha256(of: "one"))
    _ = try archive.add(work.at("b"), as: "b")
    _ = try archive.add(work.at("empty"), as: "empty")
    try archive.finish()
    let told = try python(
      """
      import zipfile, hashlib
      z = zipfile.ZipFile('x.zip')
      print(z.testzip())
      for i in z.infolist(): print(repr(i.filename), i.file_size, i.date_time[0], oct(i.external_attr >> 16))
      print(z.read('b') == open('b', 'rb').read())
      """)
    #expect(
      told == """
        None
        'd/a "b"\\n%ü.txt' 3 1980 0o100644
        'b' 2000000 1980 0o100644
        'empty' 0 1980 0o100644
        True

        """)
  }

  @Test func whatIsTakenBackIsNotThere() throws {
    for name in ["a", "b", "c"] { try work.write(name, name) }
    let archive = try ZipArchive(work.at("x.zip"))
    _ = try archive.add(work.at("a"), as: "a")
    let mark = archive.mark
    _ = try archive.add(work.at("b"), as: "b")
    try archive.removeAll(from: mark)
    _ = try archive.add(work.at("c"), as: "c")
    try archive.finish()
    #expect(
      try python("import zipfile; z = zipfile.ZipFile('x.zip'); print(z.testzip(), z.namelist())")
        == "None ['a', 'c']\n")
  }

  @Test func manyEntriesNeedZIP64() throws {
    try work.write("a", "")
    let archive = try ZipArchive(work.at("x.zip"))
    for number in 0..<65_536 { _ = try archive.add(work.at("a"), as: "\(number)") }
    try archive.finish()
    #expect(
      try python("import zipfile; print(len(zipfile.ZipFile('x.zip').namelist()))") == "65536\n")
  }

  @Test func anUnfinishedArchiveLeavesNothing() throws {
    try work.write("a", "a")
    do {
      let archive = try ZipArchive(work.at("x.zip"))
      _ = try archive.add(work.at("a"), as: "a")
    }
    #expect(try Path.list(work.path) == ["a"])
  }
}
