import FlowCore
import FlowReport

/// What all pages have around their contents.
struct Layout {
  let stateDirectory: String

  /// - Parameters:
  ///   - crumbs: the way up, as links.
  ///   - seconds: after how long the page asks for itself again; 0 for never.
  func page(
    _ title: String, crumbs: [(name: String, path: String)] = [], seconds: Double, _ body: HTML
  ) -> String {
    let way = crumbs.map { crumb -> HTML in "<a href=\"\(crumb.path)\">\(crumb.name)</a> / " }
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title) · flow</title>
      <link rel="stylesheet" href="/flow.css">
      <link rel="icon" href="data:,">
      <script src="/flow.js" defer></script>
      </head>
      <body data-every="\(Int(seconds * 1000))">
      <nav class="bar-top" aria-label="Site"><div><a class="brand" href="/">flow</a>\
      <span class="where path">\(stateDirectory)</span><span id="light" role="status">\(seconds > 0 ? "live" : "as it was")</span></div></nav>
      <main>
      \(way.isEmpty ? HTML.empty : "<p class=\"crumbs\">\(way)</p>\n")\(body)</main>
      </body>
      </html>

      """
    return page.text
  }

  /// Where there is no ledger yet.
  func nothingYet(_ problem: Diagnostic) -> String {
    page(
      "No runs", seconds: 2,
      """
      <div id="runs" data-live><div class="empty"><h1>No run yet</h1>
      <p>\(problem.message)</p><p class="note">Start one, and it appears here by itself:</p>
      <pre>flow run WORKFLOW.yaml</pre></div></div>

      """)
  }

  /// Where the ledger cannot be read.
  func trouble(_ words: String) -> String {
    page(
      "Trouble", seconds: 3,
      """
      <div id="runs" data-live><div class="empty"><h1>The history cannot be read</h1>
      <pre>\(words)</pre><p class="note">Results are kept beside it. This page goes on looking.</p></div></div>

      """)
  }

  var missing: String {
    page(
      "Not found", seconds: 0,
      """
      <div class="empty"><h1>There is no such page</h1><p><a href="/">All runs</a></p></div>

      """)
  }
}

/// Links between pages.
enum Link {
  static func run(_ id: String) -> String { "/runs/\(URLText.encoded(id))" }
  static func step(_ step: StepRecord) -> String { "\(run(step.run))/steps/\(step.id)" }
  static func steps(of run: String, step: String) -> String {
    "\(self.run(run))?step=\(URLText.encoded(step))#steps"
  }
}
