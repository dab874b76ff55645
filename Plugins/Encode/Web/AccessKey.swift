import FlowPlugin

/// A key pair of an ENCODE account, for what is not released: the user name and password of HTTP's Basic
/// authentication (https://www.encodeproject.org/help/rest-api/).
///
/// It shows itself to libcurl only: not in logs, errors, records or a debugger's print.
struct AccessKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
  let id: String
  let secret: String

  /// The environment's key pair; nil where there is none.
  ///
  /// - Throws: `StepFailure`, invalid, where half of it is there.
  static func of(_ environment: Environment) throws(StepFailure) -> AccessKey? {
    let id = environment["ENCODE_ACCESS_KEY"]
    let secret = environment["ENCODE_SECRET_KEY"]
    switch (id, secret) {
    case (nil, nil): return nil
    case (let id?, let secret?): return AccessKey(id: id, secret: secret)
    default:
      throw StepFailure(
        .invalid,
        "one of the variables ENCODE_ACCESS_KEY and ENCODE_SECRET_KEY is set and the other is not; set "
          + "both, or neither")
    }
  }

  var description: String { "an access key" }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: []) }
}
