import Files
import FlowTesting
import Testing

@testable import Transformer

/// Which files are safetensors files. The 15 cases of `table` are those on which the reference implementation
/// (https://github.com/huggingface/safetensors) decides, with its verdict; where ours is stricter, the
/// specification is.
@Suite struct SafetensorsConformanceTests {
  /// A file, built from its parts, and what is said of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    /// nil: as long as the header is.
    var length: UInt64?
    var header = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    /// Bytes behind the header.
    var data = 4
    /// The whole file, where it has no such parts.
    var bytes: [UInt8]?
    /// Part of the reason for which it is refused; nil where it is valid.
    let reason: String?
    var testDescription: String { name }

    func write(to path: String) throws {
      let text = Array(header.utf8)
      let count = withUnsafeBytes(of: (length ?? UInt64(text.count)).littleEndian) { Array($0) }
      try WholeFile.write(
        bytes ?? count + text + [UInt8](repeating: 0, count: data), to: path)
    }
  }

  private static func entry(_ name: String, _ shape: String, _ offsets: String) -> String {
    #""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  static let table = [
    Case(name: "valid", reason: nil),
    Case(
      name: "header of 2^64 - 1 bytes", length: .max, reason: "a header of 18446744073709551615"),
    Case(name: "header of 100 MB and 1 byte", length: 100_000_001, reason: "a header of 100000001"),
    Case(name: "truncated", data: 3, reason: "ends behind the file"),
    Case(name: "trailing bytes", data: 5, reason: "1 bytes belong to no tensor"),
    Case(
      name: "hole", header: "{\(entry("a", "[1]", "[0,4]")),\(entry("b", "[1]", "[8,12]"))}",
      data: 12, reason: "'b' is preceded by a hole"),
    Case(
      name: "overlap", header: "{\(entry("a", "[1]", "[0,4]")),\(entry("b", "[1]", "[2,6]"))}",
      data: 6, reason: "overlaps another"),
    Case(
      name: "shape overflow", header: "{\(entry("a", "[4611686018427387904,4]", "[0,0]"))}",
      data: 0, reason: "is too large"),
    Case(
      name: "negative shape", header: "{\(entry("a", "[-1]", "[0,4]"))}",
      reason: "a whole number is missing"),
    Case(
      name: "metadata that is no string",
      header: "{\"__metadata__\":{\"format\":1},\(entry("a", "[1]", "[0,4]"))}",
      reason: "'\"' is missing"),
    Case(
      name: "unknown type", header: #"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#,
      reason: "of the unknown type 'F31'"),
    Case(name: "empty file", bytes: [], reason: "shorter than the 8 bytes"),
    Case(name: "7 bytes", bytes: [2, 0, 0, 0, 0, 0, 0], reason: "shorter than the 8 bytes"),
    // The reference accepts these two, and keeps one of the tensors; "Duplicate keys are disallowed", "The
    // header data MUST begin with a {".
    Case(
      name: "duplicate key",
      header: "{\(entry("a", "[1]", "[0,4]")),\(entry("a", "[1]", "[4,8]"))}", data: 8,
      reason: "the name 'a' comes twice"),
    Case(
      name: "leading space", header: " {\(entry("a", "[1]", "[0,4]"))}",
      reason: "does not begin with '{'"),
  ]

  /// What a malicious writer would try beside.
  static let hostile = [
    Case(
      name: "nesting of 100,000", header: String(repeating: #"{"a":"#, count: 100_000), data: 0,
      reason: "has an unknown member 'a'"),
    Case(
      name: "lists of 100,000", header: "{" + String(repeating: "[", count: 100_000), data: 0,
      reason: "'\"' is missing"),
    Case(
      name: "65 dimensions",
      header:
        "{\(entry("a", "[\(Array(repeating: "1", count: 65).joined(separator: ","))]", "[0,4]"))}",
      reason: "more than 64 dimensions"),
    Case(
      name: "offset overflow", header: "{\(entry("a", "[1]", "[0,99999999999999999999]"))}",
      reason: "a number is too large"),
    Case(
      name: "offsets backwards", header: "{\(entry("a", "[1]", "[4,0]"))}",
      reason: "ends behind the file"),
    Case(
      name: "NaN", header: "{\(entry("a", "[NaN]", "[0,4]"))}", reason: "a whole number is missing"),
    Case(name: "fraction", header: "{\(entry("a", "[1.0]", "[0,4]"))}", reason: "']' is missing"),
    Case(name: "exponent", header: "{\(entry("a", "[1e0]", "[0,4]"))}", reason: "']' is missing"),
    Case(
      name: "octal", header: "{\(entry("a", "[01]", "[0,4]"))}", reason: "a number begins with 0"),
    Case(
      name: "signed escape", header: #"{"\u+041":{}}"#, data: 0, reason: "without four digits"),
    Case(
      name: "half a character", header: #"{"\ud83e":{}}"#, data: 0, reason: "that is no character"),
    Case(
      name: "name with NUL", header: "{\(entry(#"a\u0000b"#, "[1]", "[0,4]"))}",
      reason: "a NUL in a string"),
    Case(name: "name with a raw NUL", header: "{\"a\0\":{}}", reason: "a control character"),
    Case(name: "string without end", header: #"{"a"#, data: 0, reason: "a string does not end"),
    Case(name: "escape without end", header: #"{"a\"#, data: 0, reason: "a string does not end"),
    Case(name: "tab behind the object", header: "{}\t", data: 0, reason: "something follows"),
    Case(
      name: "262,145 names",
      header: "{\"__metadata__\":{"
        + (0...1 << 18).map { "\"\($0)\":\"\"" }.joined(separator: ",") + "}}", data: 0,
      reason: "more than 262144 names"),
  ]

  @Test(arguments: table + hostile)
  func verdict(_ example: Case) throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/a.safetensors"
    try example.write(to: path)
    guard let reason = example.reason else {
      #expect(try SafetensorsReader(path).floats("a") == [0])
      return
    }
    let error = #expect(throws: ModelError.self) { try SafetensorsReader(path) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasPrefix(path) == true)
  }

  @Test func charactersOutsideTheBasicPlaneAreTwoEscapes() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/a.safetensors"
    let header = "{\(SafetensorsConformanceTests.entry(#"\ud83e\uddec"#, "[1]", "[0,4]"))}   "
    try Case(name: "dna", header: header, reason: nil).write(to: path)
    #expect(try SafetensorsReader(path).tensors.keys.elementsEqual(["🧬"]))
  }
}
