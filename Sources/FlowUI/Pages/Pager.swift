import FlowCore
import FlowReport

/// Where a long list is cut, and the way on.
struct Pager {
  let size: Int
  let total: Int
  /// From 1 on.
  let page: Int

  /// - Parameter wanted: the page that was asked for, whatever it is.
  init(size: Int, total: Int, wanted: String?) {
    self.size = size
    self.total = total
    page = max(1, min((total + size - 1) / size, wanted.flatMap { Int($0) } ?? 1))
  }

  var offset: Int { (page - 1) * size }

  /// - Parameter link: the address of a page.
  func html(_ link: (Int) -> String) -> HTML {
    guard total > size else { return .empty }
    let last = min(total, offset + size)
    var line: HTML = "<p class=\"pager\">"
    if page > 1 { line += "<a rel=\"prev\" href=\"\(link(page - 1))\">← before</a>" }
    line +=
      "<span>\(Quantity.grouped(offset + 1)) to \(Quantity.grouped(last)) of \(Quantity.grouped(total))</span>"
    if last < total { line += "<a rel=\"next\" href=\"\(link(page + 1))\">next →</a>" }
    return line + "</p>\n"
  }
}
