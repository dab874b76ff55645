import DNA
import Files

/// Tells the format of a segmentation by its first bytes and lines.
enum SegmentationFormat {
  static func detect(
    _ path: String
  ) throws -> (format: Segmentation.Format, cellTypes: [String]) {
    let magic = try FileHandle.openRegular(path).read(upTo: 4, from: 0)
    if magic == [0xEB, 0xF2, 0x89, 0x87] || magic == [0x87, 0x89, 0xF2, 0xEB] {
      return (.bigBed, [])
    }
    try refuse(magic, path)
    let lines = try LineReader(path, longestLine: 1 << 22)
    var first = try lines.nextText() ?? ""
    if let cellTypes = IDEASTable.cellTypes(inHeader: first) {
      try check(cellTypes, path)
      return (.ideas, cellTypes)
    }
    if first.hasPrefix(">") {
      throw GenomeError("this is FASTA; it belongs to the sequences", path: path, line: 1)
    }
    if first.contains("\0") {
      throw GenomeError(
        "zero bytes; a tar archive, perhaps? unpack it, a segmentation is one file", path: path,
        line: 1)
    }
    if first.split(separator: "\t", omittingEmptySubsequences: false).count == 2 {
      let second = try lines.nextText() ?? ""
      if second.hasPrefix("MaxState") {
        let header = try StateByLine.header(of: LineReader(path, longestLine: 1 << 16))
        return (.stateByLine, [header.cellType])
      }
      if second.hasPrefix("E1\t") {
        throw GenomeError(
          "these are ChromHMM's posterior probabilities; give the state-by-line file, or segments",
          path: path, line: 2)
      }
      first = second
    }
    return (try bed(path), [])
  }

  /// bigWig, zip and their like, which begin with a number of their own.
  private static func refuse(_ magic: [UInt8], _ path: String) throws(GenomeError) {
    switch magic {
    case [0x26, 0xFC, 0x8F, 0x88], [0x88, 0x8F, 0xFC, 0x26]:
      throw GenomeError("this is a bigWig file: it holds values, not states", path: path)
    case [0x50, 0x4B, 0x03, 0x04]:
      throw GenomeError("this is a zip archive; unpack it", path: path)
    case let magic where magic.starts(with: [0x42, 0x5A, 0x68]):
      throw GenomeError("this is compressed by bzip2; gzip and plain text are read", path: path)
    case let magic where magic.starts(with: [0xFD, 0x37, 0x7A]):
      throw GenomeError("this is compressed by xz; gzip and plain text are read", path: path)
    default: return
    }
  }

  private static func check(_ cellTypes: [String], _ path: String) throws(GenomeError) {
    guard !cellTypes.isEmpty else {
      throw GenomeError("the header names no cell type", path: path, line: 1)
    }
    guard cellTypes.count <= IDEASTable.mostCellTypes else {
      throw GenomeError(
        "\(cellTypes.count) columns of cell types; at most \(IDEASTable.mostCellTypes) are read",
        path: path, line: 1)
    }
    if let twice = cellTypes.firstRepeated {
      throw GenomeError("the cell type '\(twice.prefix(200))' has two columns", path: path, line: 1)
    }
  }

  /// Which kind of BED the first row is; rows that cannot be understood are the reader's to tell.
  private static func bed(_ path: String) throws -> Segmentation.Format {
    enum Found: Error {
      case format(Segmentation.Format)
      case refused(GenomeError)
    }
    do {
      try BED.read(path) { row in
        if row.columnCount == 12 {
          throw Found.refused(
            row.error(
              "12 columns: ChromHMM's expanded file draws each state as one item of many blocks; give "
                + "the dense file, or segments"))
        }
        if row.columnCount >= 9 { throw Found.format(.dense) }
        let name = row.text(3) ?? ""
        let isNumbered = StateNames.number(in: name) != nil && !name.contains("_")
        throw Found.format(isNumbered ? .segments : .mnemonics)
      }
    } catch Found.format(let format) {
      return format
    } catch Found.refused(let error) {
      throw error
    } catch is GenomeError {
      return .mnemonics
    }
    return .mnemonics
  }
}

extension [String] {
  /// The first element that stood before.
  var firstRepeated: String? {
    var seen: Set<String> = []
    return first { !seen.insert($0).inserted }
  }
}
