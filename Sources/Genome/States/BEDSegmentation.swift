import DNA

/// A segmentation in BED: the state is the fourth column.
struct BEDSegmentation {
  private let file: Segmentation

  init(_ file: Segmentation) { self.file = file }

  func read(
    _ states: StateIndex, faults: (GenomeError) throws -> Void,
    _ body: (Segmentation.Segment) throws -> Void
  ) throws {
    let labels = file.options.labels
    try BED.read(file.path, faults: faults) { row in
      let state: Int
      do throws(GenomeError) {
        guard let name = row.column(3) else {
          throw GenomeError("no state: the fourth column must name it, for instance 7_Enh")
        }
        if let labels {
          let text = String(decoding: name, as: UTF8.self)
          state = try states.number(of: labels.name(for: text))
        } else {
          state = try states.number(of: name)
        }
      } catch {
        try faults(row.error(error.reason))
        return
      }
      try body(
        Segmentation.Segment(
          cellType: 0, chromosome: row.chromosome, interval: row.interval, state: state,
          path: row.path, line: row.line))
    }
  }
}
