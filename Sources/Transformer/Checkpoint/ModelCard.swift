import Files

/// What the `README.md` of a model directory tells of its training; sizes, states and the way to load the
/// model are added from the model itself.
///
/// The text depends on nothing else, so that equal runs write equal cards. Format of the front matter:
/// https://huggingface.co/docs/hub/model-cards
public struct ModelCard: Equatable, Sendable {
  /// What the model was trained on.
  public struct Corpus: Equatable, Sendable {
    /// Regions of one purpose.
    public struct Part: Equatable, Sendable {
      /// Such as "training".
      public var name: String
      public var regions: Int
      public var bases: Int

      public init(name: String, regions: Int, bases: Int) {
        (self.name, self.regions, self.bases) = (name, regions, bases)
      }
    }

    public var cellTypes: [String]
    /// Bases that share a chromatin state.
    public var binSize: Int
    /// Names and lengths in bases, in the order of the corpus.
    public var chromosomes: [(name: String, length: Int)]
    /// The assembly that has chromosomes of these lengths, where that is known.
    public var assembly: String?
    public var parts: [Part]
    /// SHA-256 of the corpus's `manifest.json`, which lists the hashes of its files.
    public var sha256: String

    public init(
      cellTypes: [String], binSize: Int, chromosomes: [(name: String, length: Int)],
      assembly: String? = nil, parts: [Part], sha256: String
    ) {
      (self.cellTypes, self.binSize, self.chromosomes) = (cellTypes, binSize, chromosomes)
      (self.assembly, self.parts, self.sha256) = (assembly, parts, sha256)
    }

    public static func == (a: Corpus, b: Corpus) -> Bool {
      a.cellTypes == b.cellTypes && a.binSize == b.binSize && a.assembly == b.assembly
        && a.parts == b.parts && a.sha256 == b.sha256
        && a.chromosomes.elementsEqual(b.chromosomes) { $0 == $1 }
    }
  }

  /// A table of numbers: the course of the loss, or a comparison.
  public struct Table: Equatable, Sendable {
    public var title: String
    public var columns: [String]
    public var rows: [[JSON]]
    public var note: String

    public init(title: String, columns: [String], rows: [[JSON]], note: String = "") {
      (self.title, self.columns, self.rows, self.note) = (title, columns, rows, note)
    }
  }

  /// A number by which the model was judged.
  public struct Result: Equatable, Sendable {
    /// Such as "cross entropy, nats per masked token".
    public var name: String
    /// A short name without spaces, such as "cross_entropy".
    public var metric: String
    /// On what it was measured, such as "validation regions".
    public var data: String
    public var value: Double

    public init(name: String, metric: String, data: String, value: Double) {
      (self.name, self.metric, self.data, self.value) = (name, metric, data, value)
    }
  }

  public var title: String
  /// What the model is, in a sentence or two.
  public var summary: String
  public var corpus: Corpus
  /// Of the operation, by name.
  public var parameters: [String: JSON]
  public var results: [Result]
  public var tables: [Table]
  /// What the model cannot do, a sentence each, beside what follows from its sizes.
  public var limits: [String]

  public init(
    title: String, summary: String, corpus: Corpus, parameters: [String: JSON] = [:],
    results: [Result] = [], tables: [Table] = [], limits: [String] = []
  ) {
    (self.title, self.summary, self.corpus) = (title, summary, corpus)
    (self.parameters, self.results, self.tables) = (parameters, results, tables)
    self.limits = limits
  }

  /// What the model gives.
  enum Task: Equatable {
    case maskedLanguage
    case classifier(ClassifierSettings)
  }

  func write(
    to directory: String, _ task: Task, _ configuration: BertConfiguration,
    _ tokenization: Tokenization?, _ parameters: Parameters
  ) throws(FileError) {
    let text = ModelCardText(
      card: self, task: task, configuration: configuration, tokenization: tokenization,
      count: parameters.count)
    try WholeFile.write(text.markdown, to: "\(directory)/README.md")
  }
}
