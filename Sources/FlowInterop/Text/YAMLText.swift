import Files

/// Text in YAML.
enum YAMLText {
  /// A string as a double-quoted scalar. JSON's strings are YAML's (https://yaml.org/spec/1.2.2/#12-overview).
  static func quote(_ text: String) -> String { JSON.string(text).text }
}
