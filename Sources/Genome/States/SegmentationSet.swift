import DNA
import Files

/// Segmentations, and which of them speaks of which cell type.
///
/// A file of one cell type needs a name for it, or has it inside (state by line). A state table has names
/// inside. State-by-line files and tables come a chromosome at a time: those that name the same cell type
/// belong together.
public struct SegmentationSet: Sendable {
  /// A file and the cell types it speaks of.
  public struct Source: Sendable {
    /// The file.
    public let segmentation: Segmentation
    /// By `Segment.cellType`: the position in `SegmentationSet.cellTypes`; nil for one that is not wanted.
    public let cellTypes: [Int?]
  }

  /// The names of the cell types, in the order of the files and of the names inside them.
  public let cellTypes: [String]
  /// The files, in the order given.
  public let sources: [Source]

  /// Looks at the beginning of each file.
  ///
  /// - Parameters:
  ///   - paths: the files.
  ///   - names: a cell type for each file, in their order; empty to take all names from inside the files. For
  ///     a table, the name chooses its column; for another file, it is what the cell type is called here.
  /// - Throws: `GenomeError` where a cell type has no name, or two files that are not by chromosome have
  ///   the same; `FileError` where a file cannot be read.
  public init(
    _ paths: [String], cellTypes names: [String], _ options: Segmentation.Options = .init()
  ) throws {
    guard names.isEmpty || names.count == paths.count else {
      throw GenomeError(
        "\(names.count) name(s) in cell_types for \(paths.count) segmentation(s) in states; "
          + "name each segmentation's cell type, in the same order")
    }
    if names.contains(where: { !SegmentationSet.isName($0) }) {
      throw GenomeError("the name of a cell type must have from 1 to 200 bytes")
    }
    var cellTypes: [String] = []
    var positions: [String: Int] = [:]
    var sources: [Source] = []
    for (index, path) in paths.enumerated() {
      let file = try Segmentation(path, options)
      let wanted = try SegmentationSet.names(of: file, asked: names.isEmpty ? nil : names[index])
      sources.append(
        Source(
          segmentation: file,
          cellTypes: try wanted.map { name in
            guard let name else { return nil }
            if let position = positions[name] {
              guard file.format.comesByChromosome else {
                throw GenomeError(
                  "the cell type '\(name)' is named twice; each needs a name of its own")
              }
              return position
            }
            positions[name] = cellTypes.count
            cellTypes.append(name)
            return cellTypes.count - 1
          }))
    }
    self.cellTypes = cellTypes
    self.sources = sources
  }

  private static func isName(_ name: String) -> Bool { (1...200).contains(name.utf8.count) }

  /// By cell type of the file: what it is called, nil where it is not wanted.
  private static func names(
    of file: Segmentation, asked: String?
  ) throws(GenomeError) -> [String?] {
    switch (file.format, asked) {
    case (.ideas, let asked?):
      guard let column = file.cellTypes.firstIndex(of: asked) else {
        throw GenomeError(
          "the table has no cell type '\(asked)': it has "
            + file.cellTypes.prefix(5).joined(separator: ", ")
            + (file.cellTypes.count > 5 ? " and \(file.cellTypes.count - 5) more" : ""),
          path: file.path, line: 1)
      }
      return file.cellTypes.indices.map { $0 == column ? asked : nil }
    case (_, let asked?): return [asked]
    case (_, nil):
      guard !file.cellTypes.isEmpty else {
        throw GenomeError(
          "the file does not say which cell type it is of; name it in cell_types", path: file.path)
      }
      guard file.cellTypes.allSatisfy(isName) else {
        throw GenomeError(
          "the name of a cell type must have from 1 to 200 bytes", path: file.path, line: 1)
      }
      return file.cellTypes
    }
  }
}
