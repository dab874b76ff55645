/// How a step is submitted to Slurm (https://slurm.schedmd.com/sbatch.html).
public struct SlurmOptions: Equatable, Sendable {
  public var partition: String?
  public var account: String?
  public var qos: String?
  public var constraint: String?
  /// Further options of `sbatch`, each a word of its own: `--exclusive`.
  public var options: [String] = []

  public init() {}

  /// This with what `other` says in its place; a list of further options replaces the whole list.
  public func overridden(by other: SlurmOptions) -> SlurmOptions {
    var slurm = self
    slurm.partition = other.partition ?? partition
    slurm.account = other.account ?? account
    slurm.qos = other.qos ?? qos
    slurm.constraint = other.constraint ?? constraint
    if !other.options.isEmpty { slurm.options = other.options }
    return slurm
  }

  /// Adds an option as the command line writes it: `partition=gpu`, `exclusive`.
  public mutating func add(_ text: String) {
    let text = String(text.drop { $0 == "-" })
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let value = parts.count > 1 ? String(parts[1]) : nil
    switch parts[0] {
    case "partition": partition = value
    case "account": account = value
    case "qos": qos = value
    case "constraint": constraint = value
    default: options.append("--\(text)")
    }
  }
}
