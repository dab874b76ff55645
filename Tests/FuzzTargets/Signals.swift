import DNA
import Genome

func readTwoBit(_ content: UnsafeRawBufferPointer) throws {
  let file = try TwoBit(BinaryFile(content: content, path: "fuzz.2bit"))
  var bases = 0
  try? file.forEachSequence { bases += $0.length }
  precondition(bases <= 4 * content.count)
  for position in file.names.indices.prefix(8) {
    let sequence = try file.sequence(at: position)
    let whole = Interval(0, sequence.length)
    let pieces = [
      whole.first(4096), Interval(sequence.length / 3, sequence.length).first(4096),
      Interval(sequence.length, sequence.length),
    ]
    for piece in pieces {
      let codes = sequence.codes(piece)
      let letters = sequence.letters(piece)
      precondition(codes.count == piece.length && letters.count == piece.length)
      precondition(codes.allSatisfy { $0 <= Base.unknown })
      // Two ways to the same bases.
      let unknown = sequence.unknown(in: piece).reduce(0) { $0 + $1.length }
      precondition(codes.count { $0 == Base.unknown } == unknown)
      let masked = sequence.softMasked(in: piece).reduce(0) { $0 + $1.length }
      precondition(letters.count { $0 & 0x20 != 0 } == masked)
    }
  }
}

func readBigWig(_ content: UnsafeRawBufferPointer) throws {
  let file = try BigWig(BinaryFile(content: content, path: "fuzz.bw"))
  for (position, chromosome) in file.chromosomes.enumerated().prefix(4) {
    var first: Interval?
    var last = Interval(0, 1)
    try file.forEachValue(on: chromosome.name, in: Interval(0, chromosome.length)) { bases, _ in
      if first == nil { first = bases }
      last = bases
    }
    _ = try file.means(on: chromosome.name, in: Interval(0, chromosome.length), bins: 7)
    let starts = [first?.start ?? 0, last.start - 50, chromosome.length - 30, -30, last.end]
    var values = [Float](repeating: 0, count: starts.count * 100)
    try values.withUnsafeMutableBufferPointer {
      try file.values(
        of: starts.map { BigWig.Window(chromosome: position, start: $0) }, length: 100, into: $0)
    }
  }
}

func readBigBed(_ content: UnsafeRawBufferPointer) throws {
  let file = try BigBed(BinaryFile(content: content, path: "fuzz.bb"))
  for chromosome in file.chromosomes.prefix(4) {
    var bytes = 0
    try file.forEachRow(on: chromosome.name, in: Interval(0, chromosome.length)) {
      bytes += $0.rest.utf8.count
    }
    try file.forEachRow(on: chromosome.name, in: Interval(0, chromosome.length).first(1000)) {
      bytes += $0.interval.length
    }
  }
}

extension Interval {
  fileprivate func first(_ count: Int) -> Interval { Interval(start, min(end, start + count)) }
}
