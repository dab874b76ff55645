import Files

extension Workflow {
  /// A name that runs over values: `foreach: {factor: [CTCF, MAX]}`.
  public struct Axis: Equatable, Sendable {
    public var name: String
    public var values: Values
    public var mark: Mark

    public enum Values: Equatable, Sendable {
      /// `[a, b]`, or `$params.NAME` of a list.
      case list(Value)
      /// `[{k: 3, seed: 1}, {k: 4, seed: 2}]`: a row each.
      case rows([Row])
      /// `{zip: {k: [3, 4], seed: $params.seeds}}`: the first of each, the second of each …
      case zip([Column])
      /// `{files: "peaks/*.bed"}`, or `$steps.STEP.OUTPUT/*.bed` of what an earlier step makes.
      case files(Source)
      /// `{table: samples.csv}`: a row each, with the columns of its first line. An earlier step may make it too.
      case table(Source)
    }

    /// Where the files or the table are found that the axis runs over; nil where its values stand in the workflow.
    var source: Source? {
      switch values {
      case .files(let source), .table(let source): source
      case .list, .rows, .zip: nil
      }
    }

    public struct Row: Equatable, Sendable {
      public var cells: [Column]
      public var mark: Mark
    }

    public struct Column: Equatable, Sendable {
      public var name: String
      public var value: Value
      public var mark: Mark
    }
  }

  /// What must hold for a step to be run: `when:`.
  public struct Condition: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
      /// A value is one of those; of a bare reference, true.
      case value(Reference, among: [JSON])
      /// An output of an earlier step, which may be optional, was made.
      case output(step: String, output: String)
    }

    public var kind: Kind
    public var mark: Mark
  }
}
