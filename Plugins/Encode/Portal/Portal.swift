import Files
import FlowPlugin

/// A portal of the ENCODE kind: where it is, how it is asked, what its errors mean.
struct Portal {
  /// The longest answer that is taken, in bytes: about half a million files with the fields that are asked for.
  static let longestAnswer = 1 << 28

  /// Without a slash at the end.
  let address: String
  private let web: WebClient

  /// - Parameter address: `https://www.encodeproject.org`, or another portal of its kind.
  init(_ address: String, _ web: WebClient) {
    var address = address
    while address.last == "/" { address.removeLast() }
    self.address = address
    self.web = web
  }

  /// A portal asked on behalf of a step.
  init(_ address: String, for step: Step) throws(StepFailure) {
    self.init(address, try WebClient(portal: address, isCancelled: { step.isCancelled }))
  }

  /// The absolute address of a path of the portal.
  func url(_ path: String) -> String { address + path }

  /// Searches.
  ///
  /// - Parameters:
  ///   - fields: what to answer of each item.
  ///   - limit: the most items, or nil for all.
  ///   - each: called with each item as it is read; the answer as a whole is never made into values.
  /// - Returns: what the answer says beside the items; a total of 0 where nothing was found.
  /// - Throws: `StepFailure`: invalid where the portal refuses the query, failed where its answer is not what a search
  ///   answers; what `each` throws.
  func search(
    _ query: PortalQuery, fields: [String], limit: Int?, each: (JSON) throws -> Void
  ) throws -> SearchAnswer {
    let asked = searchURL(query, fields: fields, limit: limit)
    // For people, and as a browser opens it.
    let url = self.url("/search/?\(query.escaped)")
    let response: WebResponse
    do throws(StepFailure) {
      response = try web.get(asked, limit: Self.longestAnswer)
    } catch {
      throw StepFailure(error.kind, error.message.replacing(asked, with: url))
    }
    let answer: SearchAnswer
    do {
      answer = try SearchAnswer(response.body, each: each)
    } catch let fault as JSONReader.Fault {
      guard response.status < 400 else { throw refusal(response, nil, url) }
      // JSON that breaks off was cut or damaged on its way; anything else never was the answer of a portal.
      let isCut = response.body.first == UInt8(ascii: "{")
      throw StepFailure(
        isCut ? .unavailable : .failed,
        "\(url): the answer is not the JSON of a search (\(fault)); "
          + (isCut ? "it came damaged: try again" : "is this an ENCODE portal?"))
    }
    if response.status == 404 && answer.isEmptySearch { return answer }
    guard response.status < 400 else { throw refusal(response, answer.error, url) }
    return answer
  }

  /// The address of a search.
  func searchURL(_ query: PortalQuery, fields: [String], limit: Int?) -> String {
    let asked = fields.map {
      "&field=\(PortalQuery([.init(field: $0, value: "")]).escaped.dropLast())"
    }
    return url(
      "/search/?\(query.escaped)\(asked.joined())&limit=\(limit.map(String.init) ?? "all")&format=json"
    )
  }

  /// One item, by its accession or path; nil where the portal has none or does not show it.
  ///
  /// - Parameter frame: `object` for the item's own properties, `embedded` for those of its neighbours too.
  func item(_ name: String, frame: String) throws(StepFailure) -> JSON? {
    let url = url("/\(name)/?format=json&frame=\(frame)")
    let response = try web.get(url, limit: Self.longestAnswer)
    if response.status == 404 || response.status == 403 { return nil }
    guard response.status < 400 else {
      throw refusal(response, (try? JSON(parsing: response.body)).flatMap(PortalError.init), url)
    }
    do {
      return try JSON(parsing: response.body)
    } catch { throw StepFailure(.failed, "\(url): the answer is not JSON (\(error))") }
  }

  /// A text of the web, such as a list of digests.
  func text(_ url: String, limit: Int) throws(StepFailure) -> [UInt8] {
    let response = try web.get(url, headers: ["Accept: */*"], limit: limit)
    guard response.status < 400 else { throw refusal(response, nil, url) }
    return response.body
  }

  /// An answer of status 400 and above in words.
  private func refusal(
    _ response: WebResponse, _ error: PortalError?, _ url: String
  ) -> StepFailure {
    let reason = error.map { ": \($0)" } ?? ""
    let hint =
      response.status == 401 || response.status == 403
      ? "; items that are not released need an access key in ENCODE_ACCESS_KEY and ENCODE_SECRET_KEY"
      : ""
    return StepFailure(
      .invalid, "\(url): the portal answers with status \(response.status)\(reason)\(hint)")
  }
}
