import Files
import FlowPlugin
import Glibc
import Testing

@testable import Finetune

@Suite("a table of predictions")
struct PredictionTableTests {
  private func read(_ text: String, _ table: PredictionTable = PredictionTable()) throws
    -> ScoredBins
  {
    let path = "/tmp/flow-predictions-\(getpid())-\(UInt64.random(in: 0 ... .max)).tsv"
    try WholeFile.write(text, to: path)
    defer { unlink(path) }
    return try table.read(path)
  }

  /// The message with which reading fails; nil where it succeeds.
  private func complaint(_ text: String, _ table: PredictionTable = PredictionTable()) -> String? {
    do {
      _ = try read(text, table)
      return nil
    } catch let failure as StepFailure {
      return failure.kind == .invalid ? failure.message : "wrong kind: \(failure)"
    } catch {
      return "wrong error: \(error)"
    }
  }

  @Test("finds its columns by name, whatever their order; both spellings of labels mean the same")
  func columnsByName() throws {
    let letters = try read("score\tnote\tlabel\n0.5\tx\tB\n0.25\ty\tU\n1e-3\tz\tA\n")
    let numbers = try read("label\tscore\n1\t0.5\n0\t0.25\n-1\t1e-3\n")
    #expect(letters.bins == numbers.bins)
    #expect(letters.bins.map(\.score) == [0.5, 0.25])
    #expect(letters.bins.map(\.isBound) == [true, false])
    #expect(letters.ambiguous == 1)
    #expect(letters.rows == 3)
  }

  @Test("takes Windows line ends and a last line without an end")
  func lineEnds() throws {
    #expect(try read("label\tscore\r\nB\t1\r\nU\t0").bins.map(\.score) == [1, 0])
  }

  @Test("scores only the chromosomes asked for")
  func chromosomes() throws {
    let text = "chrom\tstart\tlabel\tscore\nchr1\t0\tB\t1\nchr11\t0\tB\t2\nchr8\t0\tU\t3\n"
    let bins = try read(text, PredictionTable(chromosomes: ["chr1", "chr8"]))
    #expect(bins.bins.map(\.score) == [1, 3])
  }

  @Test("numbers stretches of the genome for the bootstrap")
  func blocks() throws {
    let text =
      "chr\tstart\tlabel\tscore\nchr1\t0\tB\t1\nchr1\t999\tU\t1\nchr1\t1000\tU\t1\nchr2\t0\tU\t1\n"
    let bins = try read(text, PredictionTable(blockSize: 1000))
    #expect(bins.bins.map(\.block) == [0, 0, 1, 2])
    #expect(bins.blocks == 3)
    #expect(bins.blocksAreGenomic)
  }

  @Test(
    "refuses a malformed row with its place and its reason",
    arguments: [
      ("label\tscore\nB\tnan\n", ":2:", "'nan'"),
      ("label\tscore\nB\tinf\n", ":2:", "'inf'"),
      ("label\tscore\nB\t1e999\n", ":2:", "finite"),
      ("label\tscore\nB\t0x10\n", ":2:", "'0x10'"),
      ("label\tscore\nB\t 1\n", ":2:", "' 1'"),
      ("label\tscore\nB\t\n", ":2:", "''"),
      ("label\tscore\nB\t1\nX\t1\n", ":3:", "'X'"),
      ("label\tscore\nB\t1\nBB\t1\n", ":3:", "'BB'"),
      ("label\tscore\nB\n", ":2:", "1 columns"),
      ("label\tscore\nB\t1\n\nU\t1\n", ":3:", "columns"),
      ("label\tvalue\nB\t1\n", ":1:", "no column 'score'"),
      ("label\tscore\tscore\nB\t1\t1\n", ":1:", "2 times"),
      ("", "", "empty"),
      ("chrom\tstart\tlabel\tscore\nchr1\t-5\tB\t1\n", ":2:", "'-5'"),
    ])
  func malformed(text: String, place: String, reason: String) throws {
    let complaint = try #require(self.complaint(text))
    #expect(complaint.contains(place))
    #expect(complaint.contains(reason))
  }

  @Test("needs a chromosome column to choose chromosomes")
  func chromosomeColumn() throws {
    let complaint = self.complaint("label\tscore\nB\t1\n", PredictionTable(chromosomes: ["chr1"]))
    #expect(try #require(complaint).contains("'chrom'"))
  }
}
