import Corpus
import DNA
import Files
import FoundationEssentials
import Transformer

/// A directory as one input: by file one byte for the length of its name, the name, four bytes (the lowest
/// first) for the length of its content, the content.
public enum FuzzArchive {
  public static func pack(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
    files.flatMap { name, content -> [UInt8] in
      let size = UInt32(content.count)
      return [UInt8(name.utf8.count)] + name.utf8
        + (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) } + content
    }
  }

  /// Writes what can be unpacked; stops where the archive is cut off.
  static func unpack(_ bytes: UnsafeRawBufferPointer, into folder: FuzzFolder) throws {
    var rest = bytes[...]
    while let length = rest.popFirst(), rest.count >= Int(length) + 4 {
      let name = String(decoding: rest.prefix(Int(length)), as: UTF8.self)
      rest = rest.dropFirst(Int(length))
      let size = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      let isPlain = name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2F
      }
      if isPlain, !name.isEmpty, !name.contains(".."), !name.hasPrefix("/"), !name.hasSuffix("/") {
        _ = try? folder.write(name, rest.prefix(size))
      }
      rest = rest.dropFirst(size)
    }
  }
}

func readCorpus(_ content: UnsafeRawBufferPointer) throws {
  let folder = try FuzzFolder()
  try FuzzArchive.unpack(content, into: folder)
  let corpus = try Corpus(directory: folder.path)
  var tokens = [Int32](repeating: 0, count: 66)
  var states = tokens
  let bases = corpus.bases(forTokens: 66)
  for (chromosome, facts) in corpus.chromosomes.enumerated().prefix(3) {
    for start in [0, facts.length / 2, facts.length - 20, -20] {
      for cellType in corpus.cellTypes.indices.prefix(2) {
        tokens.withUnsafeMutableBufferPointer { tokens in
          states.withUnsafeMutableBufferPointer { states in
            corpus.fill(
              chromosome: chromosome, start: start, bases: bases, cellType: cellType,
              tokens: tokens, states: states)
          }
        }
        precondition(states.allSatisfy { corpus.stateNames.indices.contains(Int($0)) })
      }
    }
  }
  try corpus.verify()
}

func readSafetensors(_ content: UnsafeRawBufferPointer) throws {
  let folder = try FuzzFolder()
  let reader = try SafetensorsReader(folder.write("a.safetensors", content))
  for name in reader.tensors.keys.prefix(4) { _ = try? reader.floats(name) }
}

extension FuzzTarget {
  /// Errors of modules that have their own.
  static func isExplained(_ error: any Error) -> Bool { error is ModelError }
}
