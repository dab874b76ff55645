import FlowCore

/// A run as one HTML page.
public enum Report {
  public static func html(of run: RunRecord, in ledger: Ledger) throws -> String { "" }
}
