import DNA
import FlowTesting
import Testing

@testable import Genome

@Suite struct TwoBitTests {
  /// Two sequences: `one` of 15 bases with N at 2 ..< 5 and soft masks at 0 ..< 4 and 8 ..< 10, and `two`.
  static func content(isBigEndian: Bool = false, version: UInt32 = 0) -> BinaryContent {
    var content = BinaryContent(isBigEndian: isBigEndian)
    for number in [0x1A41_2743, version, 2, 0] as [UInt32] { content.add(number) }
    let index = 2 * (1 + 3 + (version == 0 ? 4 : 8))
    let first = 16 + index
    for (name, offset) in [("one", first), ("two", first + 4 * 10 + 4)] {
      content.bytes += [3] + Array(name.utf8)
      if version == 0 { content.add(UInt32(offset)) } else { content.add(UInt64(offset)) }
    }
    // GATTACAGATTACAG, T 0, C 1, A 2, G 3.
    for number in [15, 1, 2, 3, 2, 0, 8, 4, 2, 0] as [UInt32] { content.add(number) }
    content.bytes += [0b11_10_00_00, 0b10_01_10_11, 0b10_00_00_10, 0b01_10_11_00]
    for number in [4, 0, 0, 0] as [UInt32] { content.add(number) }
    content.bytes += [0b10_01_11_00]
    return content
  }

  static func open(_ content: BinaryContent) throws -> TwoBit {
    let file = content.bytes.withUnsafeBytes { BinaryFile(content: $0, path: "x.2bit") }
    return try TwoBit(file)
  }

  @Test(arguments: [false, true], [0, 1] as [UInt32])
  func bothByteOrdersAndVersionsAreRead(isBigEndian: Bool, version: UInt32) throws {
    let file = try Self.open(Self.content(isBigEndian: isBigEndian, version: version))
    #expect(file.names == ["one", "two"])
    let one = try #require(try file.sequence(named: "one"))
    #expect(one.length == 15)
    #expect(String(decoding: one.letters(Interval(0, 15)), as: UTF8.self) == "gannNCAGatTACAG")
    let two = try #require(try file.sequence(named: "two"))
    #expect(two.codes(Interval(0, 4)) == [0, 2, 3, 1])
    #expect(try file.sequence(named: "three") == nil)
  }

  @Test func everyStretchIsThatOfTheWhole() throws {
    let one = try Self.open(Self.content()).sequence(at: 0)
    let codes = one.codes(Interval(0, 15))
    let letters = one.letters(Interval(0, 15))
    for start in 0...15 {
      for end in start...15 {
        #expect(one.codes(Interval(start, end)) == Array(codes[start..<end]))
        #expect(one.letters(Interval(start, end)) == Array(letters[start..<end]))
      }
    }
    #expect(one.unknown(in: Interval(3, 9)) == [Interval(3, 5)])
    #expect(one.softMasked(in: Interval(3, 9)) == [Interval(3, 4), Interval(8, 9)])
    let unmasked = one.letters(Interval(0, 15), keepingSoftMask: false)
    #expect(String(decoding: unmasked, as: UTF8.self) == "GANNNCAGATTACAG")
  }

  @Test func recordsThatShareBytesAreRefused() throws {
    var content = Self.content()
    let file = try Self.open(content)
    var lengths: [Int] = []
    try file.forEachSequence { lengths.append($0.length) }
    #expect(lengths == [15, 4])
    // The second name leads to the first record, too.
    content.put(UInt32(32), at: 28)
    let told = message { try Self.open(content).forEachSequence { _ in } }
    #expect(told.contains("the record of 'two' lies in that of another sequence"), "told: \(told)")
  }

  @Test(
    arguments: [
      (0, 0x1234_5678, "byte 0: not the signature of a 2bit file"),
      (4, 2, "byte 4: 2bit version 2; versions 0 and 1 are known"),
      (8, .max, "byte 8: 4294967295 sequences; at most 262144 are read"),
      (20, .max, "byte 4294967295: the length of 'one' needs 4 bytes here, and the file has 93"),
      (32, .max, "the bases of 'one' needs 1073741824 bytes here"),
      (36, .max, "byte 40: runs of N of 'one' needs 34359738360 bytes here"),
      (
        40, 14,
        "byte 40: the runs of N of 'one' overlap, are out of order or reach past its 15 bases"
      ),
      (56, 3, "byte 56: the soft-masked runs of 'one' overlap"),
    ] as [(Int, UInt32, String)])
  func aDamagedNumberIsToldWithItsByte(at: Int, number: UInt32, expected: String) {
    var content = Self.content()
    content.put(number, at: at)
    let told = message {
      let file = try Self.open(content)
      for position in file.names.indices { _ = try file.sequence(at: position) }
    }
    #expect(told.contains(expected), "told: \(told)")
  }

  @Test func aFileCutOffAnywhereIsRefused() throws {
    let whole = Self.content()
    for size in 0..<whole.bytes.count {
      let cut = BinaryContent(bytes: Array(whole.bytes.prefix(size)))
      let told = message {
        let file = try Self.open(cut)
        for position in file.names.indices { _ = try file.sequence(at: position) }
      }
      #expect(told.contains("cut off"), "\(size) bytes: \(told)")
    }
  }

  @Test func aSequenceNamedTwiceIsRefused() {
    var content = Self.content()
    content.bytes.replaceSubrange(25..<28, with: "one".utf8)
    #expect(message { _ = try Self.open(content) }.contains("a second sequence named 'one'"))
  }
}
