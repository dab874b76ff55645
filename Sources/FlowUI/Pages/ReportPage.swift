import FlowCore
import FlowReport

/// The report of a run, as it is written to files: it has its style in itself.
enum ReportPage {
  static func reply(_ run: RunRecord, in ledger: Ledger) throws -> Reply {
    Reply(
      type: "text/html; charset=utf-8", body: Array(try Report.html(of: run, in: ledger).utf8),
      headers: [
        "Content-Security-Policy":
          "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
      ])
  }
}
