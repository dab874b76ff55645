import FlowPlugin

/// What a lock is asked to hold: kept in the lock itself, so that the same can be asked again.
struct LockRequest {
  /// Empty where a table of the portal is locked without asking it.
  var portal: String
  /// Finds files, or datasets whose files are meant; nil where only accessions are given.
  var query: PortalQuery?
  /// Of files (`ENCFF…`) and datasets (`ENCSR…`).
  var accessions: [String] = []
  var selection = FileSelection()
  /// Whether the files of the datasets' controls are meant too.
  var controls = false

  private static let mostAccessions = 100_000

  /// As facts of a lock.
  var facts: [(key: String, value: String)] {
    [
      ("portal", portal), ("query", query?.text ?? ""),
      ("accessions", accessions.joined(separator: " ")), ("files", selection.query.text),
      ("controls", controls ? "true" : ""),
    ]
  }

  init(
    portal: String, query: PortalQuery?, accessions: [String], selection: FileSelection,
    controls: Bool
  ) throws(StepFailure) {
    self.portal = portal
    self.query = query
    self.selection = selection
    self.controls = controls
    for accession in accessions {
      guard Self.isAccession(accession) else {
        throw StepFailure(
          .invalid,
          "'\(cell(accession).prefix(40))' is no accession such as ENCSR000EMT or ENCFF001ABC")
      }
    }
    guard accessions.count <= Self.mostAccessions else {
      throw StepFailure(.invalid, "more than \(Self.mostAccessions) accessions")
    }
    self.accessions = Set(accessions).sorted()
  }

  /// What an earlier lock was asked to hold.
  ///
  /// - Parameter path: of the lock, for the error.
  init(_ lock: LockFile, path: String) throws(StepFailure) {
    func parsed(_ key: String) throws(StepFailure) -> PortalQuery? {
      guard let text = lock.fact(key) else { return nil }
      do throws(PortalQuery.Fault) {
        return try PortalQuery(text, portal: "")
      } catch { throw StepFailure(.invalid, "\(path): '# \(key):': \(error.reason)") }
    }
    guard let portal = lock.fact("portal") else {
      throw StepFailure(
        .invalid,
        "\(path): it does not say from which portal it is, as one made of a metadata.tsv: give a query"
      )
    }
    try self.init(
      portal: portal, query: parsed("query"),
      accessions: (lock.fact("accessions") ?? "").split(separator: " ").map(String.init),
      selection: FileSelection(parsed("files") ?? PortalQuery()),
      controls: lock.fact("controls") == "true")
  }

  /// `ENCSR416YFB`: a prefix for what it is, then digits and letters; `TSTFF…` on test portals.
  static func isAccession(_ text: String) -> Bool {
    (8...40).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
      }
  }
}
