import FlowReport

/// What pages load beside themselves.
enum Assets {
  static let style = Reply(
    type: "text/css; charset=utf-8",
    body: Array(Style.sheet.text.utf8) + PackageResources.site_css,
    headers: ["Cache-Control": "no-cache"])
  static let script = Reply(
    type: "text/javascript; charset=utf-8", body: PackageResources.live_js,
    headers: ["Cache-Control": "no-cache"])
}
