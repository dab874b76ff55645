/// Files of one provider that belong together, known by a name: a reference genome, or the segmentations of a model.
struct CatalogueSet: Sendable {
  enum Kind: String, Sendable { case genome, states }

  /// Where a file's digest is from.
  enum Digest: Sendable {
    /// Recorded here, with where it was published.
    case md5(String, from: String)
    /// In a list of the provider, in the manner of md5sum, that is asked when the list is made.
    case list(String)
    /// In the ENCODE portal's item of this name.
    case portal(String)
    /// Not published.
    case none
  }

  struct File: Sendable {
    /// Unique in the catalogue.
    var id: String
    /// Absolute, or a path of the ENCODE portal.
    var url: String
    var mirrors: [String] = []
    var name: String
    var bytes: Int?
    var digest: Digest
    var epigenome: RoadmapEpigenome?
  }

  let name: String
  /// Other names for the same.
  var aliases: [String] = []
  let kind: Kind
  let build: String
  let summary: String
  /// Under which terms the files are given, and whom to cite.
  let terms: String
  let format: String
  let files: [File]
  /// Where each chromosome is a file of its own: the directory's address, with md5sum.txt in it.
  var chromosomes: String?
}
