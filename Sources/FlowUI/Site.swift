import FlowCore

/// The site: from a request to a page. It reads the ledger and the logs of its steps, and writes nothing.
///
///     /                              the runs
///     /runs/RUN                      one run, live
///     /runs/RUN/steps/ROW            one task of it
///     /runs/RUN/report               the report, as `flow report` writes it
///     /flow.css  /flow.js
///
/// The ledger is opened anew for each page: it may be there only later, be replaced, or be damaged.
public struct Site: Sendable {
  private let stateDirectory: String
  private let access: Access
  private let counts = PastCounts()

  public init(stateDirectory: String, access: Access) {
    self.stateDirectory = stateDirectory
    self.access = access
  }

  public func reply(to request: Request) -> Reply {
    if let refusal = access.refusal(of: request) { return refusal }
    switch request.path {
    case ["flow.css"]: return Assets.style
    case ["flow.js"]: return Assets.script
    default: break
    }
    let layout = Layout(stateDirectory: stateDirectory)
    do {
      let ledger = try Ledger(reading: stateDirectory)
      switch (request.path.first, request.path.count) {
      case (nil, _):
        return .page(try RunList(request, counts).page(of: ledger, layout), to: request)
      case ("runs", 2...):
        guard let run = try ledger.exactRun(request.path[1]) else { break }
        return try reply(to: request, about: run, in: ledger, layout)
      default: break
      }
    } catch let problem as Diagnostic where request.path.isEmpty && problem.file == nil {
      return .page(layout.nothingYet(problem), to: request)
    } catch {
      // Served as a page that goes on looking: a database may be mended, or its disk mounted again.
      return .page(layout.trouble("\(error)"), status: 503, to: request)
    }
    return .page(layout.missing, status: 404, to: request)
  }

  private func reply(
    to request: Request, about run: RunRecord, in ledger: Ledger, _ layout: Layout
  ) throws -> Reply {
    switch request.path.dropFirst(2).first {
    case nil: return .page(try RunPage(run, request).page(of: ledger, layout), to: request)
    case "report" where request.path.count == 3:
      return try ReportPage.reply(run, in: ledger)
    case "steps" where request.path.count == 4:
      guard let row = Int(request.path[3]), let step = try ledger.step(row), step.run == run.id
      else { break }
      return .page(try StepPage(run, step).page(of: ledger, layout), to: request)
    default: break
    }
    return .page(layout.missing, status: 404, to: request)
  }
}
