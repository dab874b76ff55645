import Files
import FlowTesting
import Testing

@testable import Tokens

@Suite struct VocabularyTests {
  /// DNABERT's vocabulary for k of 3, as published:
  /// https://github.com/jerryji1993/DNABERT/blob/master/src/transformers/dnabert-config/bert-config-3/vocab.txt
  static let published = """
    [PAD] [UNK] [CLS] [SEP] [MASK] AAA AAT AAC AAG ATA ATT ATC ATG ACA ACT ACC ACG AGA AGT AGC AGG TAA TAT \
    TAC TAG TTA TTT TTC TTG TCA TCT TCC TCG TGA TGT TGC TGG CAA CAT CAC CAG CTA CTT CTC CTG CCA CCT CCC CCG \
    CGA CGT CGC CGG GAA GAT GAC GAG GTA GTT GTC GTG GCA GCT GCC GCG GGA GGT GGC GGG
    """.split(separator: " ").map(String.init)

  @Test func idsAreThoseOfDNABERT() {
    let vocabulary = Vocabulary(k: 3, isOverlapping: true)
    #expect(vocabulary.count == 69)
    #expect((0..<69).map { vocabulary.text($0) } == Self.published)
    #expect(Self.published.map { vocabulary.id($0) } == Array(0..<69))
    #expect(Vocabulary(k: 6, isOverlapping: true).count == 4101)
    #expect(vocabulary.text(69) == nil && vocabulary.text(-1) == nil)
    #expect(vocabulary.id("ANA") == vocabulary.unknown)
  }

  @Test(arguments: 1...8) func lengthsAgree(k: Int) {
    for overlapping in [true, false] {
      let vocabulary = Vocabulary(k: k, isOverlapping: overlapping)
      for length in 3...40 {
        let bases = vocabulary.bases(forTokens: length)
        #expect(vocabulary.tokens(forBases: bases) + 2 == length)
        #expect(vocabulary.tokens(forBases: bases - 1) + 2 == length - 1)
      }
      #expect(vocabulary.bases(forTokens: 2) == 0)
    }
  }

  @Test func aFileReadsBackAndAStrangeOneIsRefused() throws {
    let folder = try TemporaryDirectory()
    let path = "\(folder.path)/vocab.txt"
    for k in [1, 4, 6] {
      let vocabulary = Vocabulary(k: k, isOverlapping: false)
      try vocabulary.write(to: path)
      #expect(try Vocabulary(reading: path, isOverlapping: false) == vocabulary)
    }
    let swapped = try folder.write(
      "swapped.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nA\nC\nG\nT\n")
    let order = message { _ = try Vocabulary(reading: swapped, isOverlapping: true) }
    #expect(order.contains("swapped.txt:7: 'C' where 'T' belongs"))
    let short = try folder.write("short.txt", "[PAD]\nA\n")
    #expect(
      message { _ = try Vocabulary(reading: short, isOverlapping: true) }.contains("2 tokens"))
  }

  @Test(arguments: 1...8) func theOtherStrandReadsBackwards(k: Int) {
    let vocabulary = Vocabulary(k: k, isOverlapping: true)
    let pairs: [Character: Character] = ["A": "T", "T": "A", "C": "G", "G": "C"]
    let complements = vocabulary.reverseComplements()
    for id in stride(from: vocabulary.firstKmer, to: Int32(vocabulary.count), by: 7) {
      let text = vocabulary.text(id) ?? ""
      let reversed = String(text.reversed().compactMap { pairs[$0] })
      #expect(vocabulary.text(complements[Int(id)]) == reversed)
    }
    #expect(complements[..<5] == [0, 1, 2, 3, 4])
  }

  @Test func aWindowIsTurnedBetweenItsSpecialTokens() {
    let vocabulary = Vocabulary(k: 3, isOverlapping: true)
    // ACGTT -> AACGT on the other strand; padding stays.
    var tokens = ["[CLS]", "ACG", "CGT", "[MASK]", "[SEP]", "[PAD]"].map(vocabulary.id)
    var states: [Int32] = [0, 1, 2, 3, 0, 0]
    tokens.withUnsafeMutableBufferPointer { tokens in
      states.withUnsafeMutableBufferPointer { states in
        ReverseComplement(vocabulary).apply(tokens: tokens, states: states)
      }
    }
    #expect(
      tokens.compactMap { vocabulary.text($0) } == [
        "[CLS]", "[MASK]", "ACG", "CGT", "[SEP]", "[PAD]",
      ])
    #expect(states == [0, 3, 2, 1, 0, 0])
  }
}
