import Corpus
import Genome

/// The bins of a set of regions, numbered without being held: a genome has 60 million of them.
///
/// Bins lie on the grid of multiples of the stride, as the challenge's do. Only those whose whole context lies in
/// their region are taken, so that no window reads sequence of another part of the split or unknown bases; those
/// that touch an excluded interval are left out.
struct BindingBins: Sendable {
  struct Bin: Equatable, Sendable {
    var chromosome: Int
    var interval: Interval
  }

  let layout: WindowLayout
  let bins: Bins
  private let stretches: [Region]
  /// By stretch: how many bins lie before it.
  private let binsBefore: [Int]
  let count: Int

  /// - Parameters:
  ///   - excluded: by chromosome, merged: the blacklist.
  init(_ regions: [Region], stride: Int, layout: WindowLayout, excluded: [[Interval]]) {
    self.layout = layout
    bins = Bins(width: layout.bin, stride: stride)
    var stretches: [Region] = []
    var binsBefore: [Int] = []
    var count = 0
    for region in regions {
      // Where bins may lie: context inside the region, nothing excluded.
      let inner = Interval(
        region.start + layout.before, region.end - (layout.context - layout.bin - layout.before))
      guard inner.length >= layout.bin else { continue }
      for free in excluded[region.chromosome].gaps(in: inner) {
        let start = (free.start + stride - 1) / stride * stride
        let stretch = Interval(start, max(start, free.end))
        let bins = bins.count(in: stretch)
        guard bins > 0 else { continue }
        stretches.append(
          Region(chromosome: region.chromosome, start: stretch.start, end: stretch.end))
        binsBefore.append(count)
        count += bins
      }
    }
    self.stretches = stretches
    self.binsBefore = binsBefore
    self.count = count
  }

  /// Bin number `index`, in the order of regions and positions.
  subscript(index: Int) -> Bin {
    var low = 0
    var high = stretches.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if binsBefore[middle] <= index { low = middle } else { high = middle }
    }
    let stretch = stretches[low]
    return Bin(
      chromosome: stretch.chromosome,
      interval: bins.bin(index - binsBefore[low], in: Interval(stretch.start, stretch.end)))
  }
}

/// Labels of bins by the peaks of one factor in one cell type, on every chromosome of a corpus.
struct PeakLabels: Sendable {
  private let labels: [BindingLabels]
  /// Peaks on chromosomes that the corpus does not have.
  let peaksElsewhere: Int
  let conservativePeaks: Int

  private let isRelaxedKnown: Bool

  /// - Parameter relaxed: nil where there is none: the conservative peaks then decide alone, and no bin is
  ///   ambiguous.
  init(_ corpus: Corpus, conservative: [NarrowPeak], relaxed: [NarrowPeak]?) {
    let strict = NarrowPeak.merged(conservative)
    let wide = relaxed.map(NarrowPeak.merged)
    let names = corpus.chromosomes.map(\.name)
    labels = names.map { name in
      BindingLabels(
        conservative: strict[name] ?? [], relaxed: (wide ?? strict)[name] ?? [])
    }
    let known = Set(names)
    isRelaxedKnown = relaxed != nil
    peaksElsewhere = conservative.count { !known.contains($0.chromosome) }
    conservativePeaks = conservative.count
  }

  func label(_ bin: BindingBins.Bin) -> BindingLabel {
    let label = labels[bin.chromosome].label(bin.interval)
    return label == .ambiguous && !isRelaxedKnown ? .unbound : label
  }
}
