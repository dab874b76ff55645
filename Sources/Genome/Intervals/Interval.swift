/// A stretch of one chromosome, in bases: 0-based, half-open, as in BED.
public struct Interval: Hashable, Sendable, Comparable {
  /// The first base.
  public var start: Int
  /// The base after the last.
  public var end: Int

  /// The bases from `start` up to, not including, `end`.
  public init(_ start: Int, _ end: Int) {
    self.start = start
    self.end = end
  }

  /// In bases.
  public var length: Int { end - start }

  /// How many bases are in both.
  public func overlap(_ other: Interval) -> Int {
    max(0, min(end, other.end) - max(start, other.start))
  }

  public static func < (one: Interval, other: Interval) -> Bool {
    (one.start, one.end) < (other.start, other.end)
  }
}

/// A stretch of a chromosome of a list, in bases: 0-based, half-open.
public struct Region: Hashable, Sendable, Comparable {
  /// The position of the chromosome in its list.
  public var chromosome: Int
  /// The first base.
  public var start: Int
  /// The base after the last.
  public var end: Int

  /// The bases from `start` up to, not including, `end`.
  public init(chromosome: Int, start: Int, end: Int) {
    self.chromosome = chromosome
    self.start = start
    self.end = end
  }

  /// In bases.
  public var length: Int { end - start }

  public static func < (one: Region, other: Region) -> Bool {
    (one.chromosome, one.start, one.end) < (other.chromosome, other.start, other.end)
  }
}

extension [Interval] {
  /// The intervals sorted, and those that overlap or touch joined, as `bedtools merge` does by default
  /// (https://bedtools.readthedocs.io/en/latest/content/tools/merge.html).
  public func merged() -> [Interval] {
    var result: [Interval] = []
    for interval in sorted() {
      if let last = result.last, interval.start <= last.end {
        result[result.count - 1].end = Swift.max(last.end, interval.end)
      } else {
        result.append(interval)
      }
    }
    return result
  }

  /// The parts of these intervals that lie in `others`. Both must be merged.
  public func intersection(_ others: [Interval]) -> [Interval] {
    var result: [Interval] = []
    var mine = 0
    var theirs = 0
    while mine < count && theirs < others.count {
      let start = Swift.max(self[mine].start, others[theirs].start)
      let end = Swift.min(self[mine].end, others[theirs].end)
      if start < end { result.append(Interval(start, end)) }
      if self[mine].end < others[theirs].end { mine += 1 } else { theirs += 1 }
    }
    return result
  }

  /// The parts of `whole` that lie in none of these intervals, which must be merged.
  public func gaps(in whole: Interval) -> [Interval] {
    var result: [Interval] = []
    var start = whole.start
    for interval in self where interval.end > whole.start && interval.start < whole.end {
      if start < interval.start { result.append(Interval(start, interval.start)) }
      start = interval.end
    }
    if start < whole.end { result.append(Interval(start, whole.end)) }
    return result
  }

  /// The sum of the lengths.
  public var totalLength: Int { reduce(0) { $0 + $1.length } }

  /// The position of the first interval that ends after `place`. The intervals must be merged.
  public func firstPosition(endingAfter place: Int) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].end > place { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
