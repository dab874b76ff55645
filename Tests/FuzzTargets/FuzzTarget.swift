import DNA
import Files

/// A reader of a binary format, as a function of a file's bytes that must neither crash, nor hang, nor ask for
/// much memory, whatever the bytes. `scripts/fuzz.sh` gives it to libFuzzer; `FuzzTests` replays what libFuzzer
/// has found in `Tests/Fixtures/fuzz`.
public enum FuzzTarget: String, CaseIterable, Sendable {
  case twoBit = "2bit"
  case bigWig = "bigwig"
  case bigBed = "bigbed"
  case fasta
  case fastaIndex = "fai"
  case corpus
  case safetensors
  case tokenizer

  /// Reads `content` as far as a user of the format would. Errors are what is expected; only crashes count.
  public func run(_ content: UnsafeRawBufferPointer) {
    do {
      switch self {
      case .twoBit: try readTwoBit(content)
      case .bigWig: try readBigWig(content)
      case .bigBed: try readBigBed(content)
      case .fasta: try readFASTA(content)
      case .fastaIndex: try readFASTAIndex(content)
      case .corpus: try readCorpus(content)
      case .safetensors: try readSafetensors(content)
      case .tokenizer: try readTokenizer(content)
      }
    } catch is GenomeError {
    } catch is FileError {
    } catch {
      // What is no error of ours is a fault: a library's came through unexplained.
      if !FuzzTarget.isExplained(error) { fatalError("unexplained: \(error)") }
    }
  }
}
