import Files

/// The portal's own words for why it refuses a request: `{status: error, code, title, description, detail}`.
///
/// https://github.com/ENCODE-DCC/encoded, the body of its HTTP errors.
struct PortalError: CustomStringConvertible {
  let title: String
  let detail: String

  /// Nil where the value is not such a body.
  init?(_ json: JSON) {
    guard json["status"]?.string == "error" else { return nil }
    title = json["title"]?.string ?? "error"
    let details = [json["detail"], json["description"]].compactMap { $0?.string }
    detail = details.first { !$0.isEmpty } ?? ""
  }

  /// On one line, safe to print.
  var description: String {
    cell(detail.isEmpty ? title : "\(title): \(detail)").prefix(500).description
  }
}
