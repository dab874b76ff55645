import Files
import FlowTesting
import Testing

@Suite struct LineReaderTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func lines(_ path: String, longestLine: Int = 1 << 28) throws -> [String] {
    let reader = try LineReader(path, longestLine: longestLine)
    var lines: [String] = []
    while let line = try reader.nextText() { lines.append(line) }
    return lines
  }

  @Test(arguments: [
    ("", [String]()), ("a", ["a"]), ("a\n", ["a"]), ("a\r\nb\r\n", ["a", "b"]),
    ("\n\n", ["", ""]), ("a\n\nb", ["a", "", "b"]),
  ])
  func endsOfLines(_ text: String, _ expected: [String]) throws {
    #expect(try lines(directory.write("text", text)) == expected)
  }

  @Test func plainAndGzipReadAlike() throws {
    let expected = (0..<200_000).map { "line \($0)" }
    let text = expected.joined(separator: "\n")
    let writer = try GzipWriter(directory.at("text.gz"))
    try writer.write(text)
    try writer.finish()
    #expect(try lines(directory.write("text", text)) == expected)
    #expect(try lines(directory.at("text.gz")) == expected)
  }

  @Test func gzipMembersFollowEachOther() throws {
    for name in ["one", "two"] {
      let writer = try GzipWriter(directory.at(name))
      try writer.write("\(name)\n")
      try writer.finish()
    }
    let both = try Path.read(directory.at("one")) + Path.read(directory.at("two"))
    try WholeFile.write(both, to: directory.at("both"))
    #expect(try lines(directory.at("both")) == ["one", "two"])
  }

  @Test func aCutGzipFileIsAnError() throws {
    let writer = try GzipWriter(directory.at("whole"))
    try writer.write((0..<50_000).map { "\($0 &* 2_654_435_761)\n" }.joined())
    try writer.finish()
    let bytes = try Path.read(directory.at("whole"))
    try WholeFile.write(Array(bytes[..<(bytes.count / 2)]), to: directory.at("cut"))
    #expect(throws: FileError.self) { try lines(directory.at("cut")) }
  }

  @Test func aLineBeyondTheBoundIsAnErrorNotAllMemory() throws {
    let path = try directory.write("long", String(repeating: "A", count: 300_000))
    #expect(throws: FileError.self) { try lines(path, longestLine: 100_000) }
    #expect(try lines(path).first?.count == 300_000)
  }

  @Test func aDirectoryIsNoText() {
    #expect(throws: FileError.self) { try LineReader(directory.path) }
  }

  @Test func theSameTextGivesTheSameGzipBytes() throws {
    for name in ["a", "b"] {
      let writer = try GzipWriter(directory.at(name))
      try writer.write("same")
      try writer.finish()
    }
    #expect(try Path.read(directory.at("a")) == Path.read(directory.at("b")))
  }
}
