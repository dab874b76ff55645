import Files
import FlowCore
import FlowReport

/// The tasks that went wrong, each with its message and the end of its log.
enum Failures {
  private static let limit = 10

  static func html(_ run: RunRecord, in ledger: Ledger) throws -> HTML {
    var body = HTML.empty
    var total = 0
    for status in [StepStatus.failed, .interrupted] {
      let filter = StepFilter(status: status)
      let count = try ledger.stepCount(ofRun: run.id, filter)
      guard count > 0 else { continue }
      let steps = try ledger.steps(ofRun: run.id, filter, limit: max(0, limit - total), offset: 0)
      // Of a dead engine's run what was never begun is no news.
      let begun = steps.filter { $0.status == .failed || $0.started != nil }
      for step in begun {
        body += article(step, in: ledger, isOpen: total < 3)
        total += 1
      }
      if count > steps.count, !begun.isEmpty {
        body +=
          "<p class=\"note\"><a href=\"\(Link.run(run.id))?status=\(status.rawValue)#steps\">All \(Quantity.grouped(count)) \(status.rawValue)</a></p>\n"
      }
    }
    return body == .empty ? .empty : Elements.section("failures", "What went wrong", body)
  }

  private static func article(_ step: StepRecord, in ledger: Ledger, isOpen: Bool) -> HTML {
    var article: HTML = """
      <article class="failure">
      <h3>\(step.status.mark) <a href="\(Link.step(step))">\(step.name)</a> <span class="faint">\(step.operation)</span></h3>
      <p class="message">\(step.message ?? "No reason is known.")</p>

      """
    if let log = StepLog.tail(of: step, in: ledger, limit: 3000) {
      article += Elements.folded(
        "The end of its log", "<pre class=\"log\" data-follow>\(log)</pre>\n", isOpen: isOpen)
    }
    return article + "</article>\n"
  }
}

/// The end of what a step printed.
enum StepLog {
  /// - Returns: nil where there is no log.
  static func tail(of step: StepRecord, in ledger: Ledger, limit: Int) -> String? {
    // A ledger from elsewhere may hold anything: only what can be a key becomes part of a path.
    guard let key = step.key, key.utf8.count == 64, key.utf8.allSatisfy(isHexadecimal) else {
      return nil
    }
    let path = "\(StateDirectory(ledger.directory).step(key))/log"
    return StepContents.tail(ofLog: path, limit: limit)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
