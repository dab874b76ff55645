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

  @Test func aByteOrderMarkIsNoPartOfTheFirstLine() throws {
    #expect(try lines(directory.write("text", "\u{FEFF}a\n\u{FEFF}b\n")) == ["a", "\u{FEFF}b"])
  }

  @Test func bgzipThatWasCutBetweenTwoBlocksIsAnError() throws {
    let block: [UInt8] = [31, 139, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 66, 67, 2, 0]
    // The block's size less 1, "one\n" stored, its CRC-32 and length.
    let whole: [UInt8] =
      block + [34, 0, 1, 4, 0, 251, 255, 111, 110, 101, 10] + [159, 168, 23, 248] + [4, 0, 0, 0]
    let last: [UInt8] = block + [27, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    try WholeFile.write(whole + last, to: directory.at("whole"))
    #expect(try lines(directory.at("whole")) == ["one"])
    try WholeFile.write(whole, to: directory.at("cut"))
    let told = message { _ = try lines(directory.at("cut")) }
    #expect(told.contains("does not end with bgzip's empty block"), "told: \(told)")
  }

  @Test func linesOfAnyLengthComeInPieces() throws {
    let long = String(repeating: "ACGT", count: 50_000)
    let expected = [long, "", "a", long]
    for end in ["\n", "\r\n"] {
      let path = try directory.write("text", expected.joined(separator: end) + end)
      let reader = try LineReader(path)
      var found: [String] = []
      var numbers: Set<Int> = []
      while let _: Void = try reader.nextPiece({ piece, beginsLine in
        #expect(piece.count <= 1 << 16)
        if beginsLine { found.append("") }
        found[found.count - 1] += String(decoding: piece, as: UTF8.self)
        numbers.insert(reader.lineNumber)
      }) {}
      #expect(found == expected)
      #expect(numbers == [1, 2, 3, 4])
    }
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
