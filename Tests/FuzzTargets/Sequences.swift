import DNA
import Files
import Genome

func readFASTA(_ content: UnsafeRawBufferPointer) throws {
  let folder = try FuzzFolder()
  let path = try folder.write("a.fa", content)
  var lengths: [String: Int] = [:]
  var name = ""
  try SequenceFile.open(path).read {
    name = $0
    lengths[name] = 0
  } bases: { codes in
    precondition(codes.allSatisfy { $0 <= Base.unknown })
    lengths[name, default: 0] += codes.count
  }
  if case .gzip = try Compression(of: path) { return }
  try readRegions(path)
}

/// The input is the index of a file that is always the same.
func readFASTAIndex(_ content: UnsafeRawBufferPointer) throws {
  let folder = try FuzzFolder()
  let path = try folder.write("a.fa", Array(">a\nGATTACA\nGATTACA\nGAT\n>b\nNNNN\n".utf8))
  try folder.write("a.fa.fai", content)
  try readRegions(path)
}

private func readRegions(_ path: String) throws {
  let file = try IndexedFASTA(path)
  for chromosome in file.chromosomes.prefix(4) {
    let end = min(chromosome.length, 300)
    let letters = try file.letters(on: chromosome.name, in: Interval(0, end))
    precondition(letters.count == end)
    _ = try file.codes(
      on: chromosome.name, in: Interval(max(0, chromosome.length - 20), chromosome.length))
  }
}
