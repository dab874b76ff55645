import DNA

/// One sequence of a 2bit file: its record is checked, its bases are read when asked for.
public struct TwoBitSequence: Sendable {
  /// As the file has it.
  public let name: String
  /// In bases.
  public let length: Int
  private let unknown: Blocks
  private let masked: Blocks
  private let numbers: BinaryNumbers
  /// Where its bases begin in the file.
  private let bases: Int
  /// The bytes of its record.
  let size: Int

  /// Reads the record at `offset`.
  init(_ numbers: BinaryNumbers, named name: String, at offset: Int) throws(GenomeError) {
    self.name = name
    self.numbers = numbers
    length = try numbers.uint32(at: offset, "the length of '\(name)'")
    unknown = try Blocks(
      numbers, at: offset + 4, length: length, what: "runs of N of '\(name)'")
    masked = try Blocks(
      numbers, at: unknown.end, length: length, what: "soft-masked runs of '\(name)'")
    bases = masked.end + 4
    try numbers.file.require((length + 3) / 4, at: bases, for: "the bases of '\(name)'")
    size = bases + (length + 3) / 4 - offset
  }

  /// Writes the bases of `interval` as codes of `Base`.
  ///
  /// - Precondition: the interval lies in `0 ..< length`, and `codes` has room for it.
  public func read(_ interval: Interval, into codes: UnsafeMutableBufferPointer<UInt8>) {
    precondition(0 <= interval.start && interval.start <= interval.end && interval.end <= length)
    precondition(codes.count >= interval.length, "the buffer is shorter than the interval")
    TwoBitSequence.unpack(numbers.file.bytes, bases, interval, into: codes)
    unknown.forEach(overlapping: interval, numbers) { run in
      codes[run.start - interval.start..<run.end - interval.start].update(repeating: Base.unknown)
    }
  }

  /// The bases of `interval` as codes of `Base`.
  ///
  /// - Precondition: as of `read`.
  public func codes(_ interval: Interval) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: interval.length) { codes, count in
      read(interval, into: codes)
      count = interval.length
    }
  }

  /// The bases of `interval` as letters, soft-masked ones in lower case if `keepingSoftMask`.
  ///
  /// - Precondition: as of `read`.
  public func letters(_ interval: Interval, keepingSoftMask: Bool = true) -> [UInt8] {
    var letters = codes(interval)
    let alphabet = Base.letters + [UInt8(ascii: "N")]
    for position in letters.indices { letters[position] = alphabet[Int(letters[position])] }
    if keepingSoftMask {
      masked.forEach(overlapping: interval, numbers) { run in
        for position in run.start..<run.end { letters[position - interval.start] |= 0x20 }
      }
    }
    return letters
  }

  /// The runs of `N` that share a base with `interval`, cut to it, in order.
  public func unknown(in interval: Interval) -> [Interval] {
    var runs: [Interval] = []
    unknown.forEach(overlapping: interval, numbers) { runs.append($0) }
    return runs
  }

  /// The soft-masked runs that share a base with `interval`, cut to it, in order.
  public func softMasked(in interval: Interval) -> [Interval] {
    var runs: [Interval] = []
    masked.forEach(overlapping: interval, numbers) { runs.append($0) }
    return runs
  }

  /// By byte of the file (T 0, C 1, A 2, G 3, the first base highest): its four bases as codes of `Base`
  /// (A 0, T 1, C 2, G 3), the first base lowest.
  private static let fourCodes: [UInt32] = (0..<256).map { byte in
    let codes: [UInt32] = [1, 2, 0, 3]
    return (0..<4).reduce(0) { word, place in
      word | codes[byte >> (6 - 2 * place) & 3] << UInt32(8 * place)
    }
  }

  /// The hot loop: a table look-up and a store of four bases for each byte of the file.
  private static func unpack(
    _ file: UnsafeRawBufferPointer, _ bases: Int, _ interval: Interval,
    into codes: UnsafeMutableBufferPointer<UInt8>
  ) {
    guard let start = file.baseAddress.map({ $0 + bases }), let out = codes.baseAddress else {
      return
    }
    fourCodes.withUnsafeBufferPointer { table in
      var place = interval.start
      func single() {
        let byte = start.load(fromByteOffset: place >> 2, as: UInt8.self)
        out[place - interval.start] = UInt8(
          truncatingIfNeeded: table[Int(byte)] >> UInt32(8 * (place & 3)))
        place += 1
      }
      while place < interval.end, place & 3 != 0 { single() }
      let whole = (interval.end - place) / 4
      let target = UnsafeMutableRawPointer(out + (place - interval.start))
      let source = start + place >> 2
      for byte in 0..<whole {
        let four = table[Int(source.load(fromByteOffset: byte, as: UInt8.self))].littleEndian
        target.storeBytes(of: four, toByteOffset: 4 * byte, as: UInt32.self)
      }
      place += 4 * whole
      while place < interval.end { single() }
    }
  }
}

extension TwoBitSequence {
  /// Runs of a sequence as the file holds them: their number, all starts, all lengths.
  fileprivate struct Blocks: Sendable {
    let count: Int
    let starts: Int
    /// The byte after the last length.
    var end: Int { starts + 8 * count }

    /// Checks that the runs lie in the sequence, in order and apart.
    init(
      _ numbers: BinaryNumbers, at offset: Int, length: Int, what: String
    ) throws(GenomeError) {
      count = try numbers.uint32(at: offset, "the number of \(what)")
      starts = offset + 4
      try numbers.file.require(8 * count, at: starts, for: what)
      var end = 0
      for position in 0..<count {
        let run = self[position, numbers]
        guard run.start >= end, run.end <= length else {
          throw numbers.file.error(
            "the \(what) overlap, are out of order or reach past its \(length) bases",
            at: starts + 4 * position)
        }
        end = run.end
      }
    }

    subscript(position: Int, numbers: BinaryNumbers) -> Interval {
      let start = Int(numbers.unchecked(UInt32.self, at: starts + 4 * position))
      let length = Int(numbers.unchecked(UInt32.self, at: starts + 4 * (count + position)))
      return Interval(start, start + length)
    }

    /// Calls `body` with the runs that share a base with `interval`, cut to it, in order.
    func forEach(
      overlapping interval: Interval, _ numbers: BinaryNumbers, _ body: (Interval) -> Void
    ) {
      var low = 0
      var high = count
      while low < high {
        let middle = (low + high) / 2
        if self[middle, numbers].end > interval.start { high = middle } else { low = middle + 1 }
      }
      while low < count {
        let run = self[low, numbers]
        if run.start >= interval.end { break }
        let cut = Interval(max(run.start, interval.start), min(run.end, interval.end))
        if cut.length > 0 { body(cut) }
        low += 1
      }
    }
  }
}
