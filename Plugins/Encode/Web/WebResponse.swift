/// What a server answers to a `WebClient`.
struct WebResponse: Sendable {
  /// Of HTTP: 200, or an error that another try would not change, such as 404.
  let status: Int
  /// Names in lower case.
  let headers: [(name: String, value: String)]
  let body: [UInt8]
  /// Where it came from, after redirects.
  let url: String

  /// The value of the last header of a name in lower case.
  func header(_ name: String) -> String? { headers.last { $0.name == name }?.value }
}
