import DNA

// The hot loop of reading signal: many windows at once.
//
// Windows are sorted, the index is walked once a chromosome for all of them, each block of data is inflated
// once whatever the number of windows that touch it, and each value is written where it belongs in the batch.
// Values of a block come in order, so the first window that a value can touch only moves forward.

extension BigWig {
  /// Where a window begins.
  public struct Window: Hashable, Sendable {
    /// The position in `chromosomes`.
    public var chromosome: Int
    /// The first base, 0-based; may lie before the chromosome.
    public var start: Int

    /// A window that begins at `start` on the chromosome at a position of `chromosomes`.
    public init(chromosome: Int, start: Int) {
      self.chromosome = chromosome
      self.start = start
    }
  }

  /// Writes the values of many windows, `windows.count` rows of `length` values, in the order given.
  ///
  /// - Parameters:
  ///   - windows: in any order; they may overlap, and reach beyond their chromosome.
  ///   - length: bases in each window.
  ///   - values: at least `windows.count * length`.
  ///   - missing: written for a base without a value.
  /// - Precondition: the chromosomes exist, the buffer is long enough.
  /// - Throws: `GenomeError` with the byte where the file is damaged.
  public func values(
    of windows: [Window], length: Int, into values: UnsafeMutableBufferPointer<Float>,
    missing: Float = .nan
  ) throws {
    precondition(length >= 0 && values.count >= windows.count * length, "the buffer is too short")
    guard length > 0, !windows.isEmpty, let out = values.baseAddress else { return }
    out.update(repeating: missing, count: windows.count * length)
    let order = windows.indices.sorted {
      (windows[$0].chromosome, windows[$0].start, $0)
        < (windows[$1].chromosome, windows[$1].start, $1)
    }
    let inflater = BlockInflater(layout.numbers.file, inflatedSize: layout.inflatedSize)
    var first = 0
    while first < order.count {
      let chromosome = windows[order[first]].chromosome
      var end = first
      while end < order.count, windows[order[end]].chromosome == chromosome { end += 1 }
      let rows = order[first..<end].map { (start: windows[$0].start, out: out + $0 * length) }
      try fill(rows, length, on: chromosome, inflater)
      first = end
    }
  }

  private func fill(
    _ rows: [(start: Int, out: UnsafeMutablePointer<Float>)], _ length: Int, on chromosome: Int,
    _ inflater: BlockInflater
  ) throws {
    let identifier = layout.chromosomes.identifiers[chromosome]
    let whole = Interval(0, layout.chromosomes.all[chromosome].length)
    let wanted = rows.map { Interval(max($0.start, 0), min($0.start + length, whole.end)) }
      .filter { $0.length > 0 }.merged()
    try layout.blocks.forEachBlock(on: identifier, overlapping: wanted) { block in
      try inflater.withContent(of: block) { content in
        let section = try BigWigSection(content, layout.numbers, block)
        guard section.chromosome == identifier else { return }
        rows.withUnsafeBufferPointer { rows in
          BigWig.write(section, into: rows, length, end: whole.end)
        }
      }
    }
  }

  private static func write(
    _ section: BigWigSection,
    into rows: UnsafeBufferPointer<(start: Int, out: UnsafeMutablePointer<Float>)>, _ length: Int,
    end chromosomeEnd: Int
  ) {
    var row = 0
    var before = Int.max
    for position in 0..<section.count {
      var (start, end) = section.bases(position)
      end = min(end, chromosomeEnd)
      // At the block's first value; else only a damaged file goes back.
      if start < before { row = firstRow(rows, endingAfter: start, length) }
      before = start
      while row < rows.count, rows[row].start + length <= start { row += 1 }
      if row == rows.count { continue }
      var touched = row
      while touched < rows.count, rows[touched].start < end {
        let place = rows[touched].start
        let from = max(start, place) - place
        let to = min(end, place + length) - place
        if from < to {
          let value = section.value(position)
          let out = rows[touched].out
          for base in from..<to { out[base] = value }
        }
        touched += 1
      }
    }
  }

  private static func firstRow(
    _ rows: UnsafeBufferPointer<(start: Int, out: UnsafeMutablePointer<Float>)>,
    endingAfter place: Int, _ length: Int
  ) -> Int {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].start + length > place { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
