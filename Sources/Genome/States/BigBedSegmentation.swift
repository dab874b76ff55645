import DNA

/// A segmentation in bigBed, as IDEAS' track hubs hold: the state is the fourth column.
///
/// There are no lines: a segment's is its row's number, counted from 1 in the order of the file.
struct BigBedSegmentation {
  private let file: Segmentation

  init(_ file: Segmentation) { self.file = file }

  func read(
    _ states: StateIndex, faults: (GenomeError) throws -> Void,
    _ body: (Segmentation.Segment) throws -> Void
  ) throws {
    let bigBed = try BigBed(file.path)
    var number = 0
    for chromosome in bigBed.chromosomes where chromosome.length > 0 {
      try bigBed.forEachRow(
        on: chromosome.name, in: Interval(0, chromosome.length)
      ) { row in
        number += 1
        let state: Int
        do throws(GenomeError) {
          guard row.interval.length > 0 else {
            throw GenomeError("the end \(row.interval.end) is not after the start")
          }
          state = try self.state(row, states)
        } catch {
          try faults(GenomeError(error.reason, path: file.path, line: number))
          return
        }
        try body(
          Segmentation.Segment(
            cellType: 0, chromosome: chromosome.name, interval: row.interval, state: state,
            path: file.path, line: number))
      }
    }
  }

  private func state(_ row: BigBed.Row, _ states: StateIndex) throws(GenomeError) -> Int {
    let name = String(decoding: row.rest.utf8.prefix { $0 != 0x09 }, as: UTF8.self)
    guard let labels = file.options.labels else { return try states.number(of: name) }
    return try states.number(of: labels.name(for: name))
  }
}
