import Files

/// What the `README.md` of a model directory tells of its training; sizes, states and the way to load the
/// model are added from the model itself.
///
/// The text depends on nothing else, so that equal runs write equal cards. Format of the front matter:
/// https://huggingface.co/docs/hub/model-cards
public struct ModelCard: Equatable, Sendable {
  /// Something to know about what the model was trained on.
  public struct Fact: Equatable, Sendable {
    /// Such as "Cell types".
    public var name: String
    public var text: String

    public init(name: String, text: String) { (self.name, self.text) = (name, text) }
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
  /// What the model was trained on.
  public var corpus: [Fact]
  /// Of the operation, by name.
  public var parameters: [String: JSON]
  public var results: [Result]
  public var tables: [Table]
  /// What the model cannot do, a sentence each, beside what follows from its sizes.
  public var limits: [String]

  public init(
    title: String, summary: String, corpus: [Fact], parameters: [String: JSON] = [:],
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
