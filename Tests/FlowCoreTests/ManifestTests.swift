import Files
import FlowTesting
import Glibc
import Testing

@testable import FlowCore

@Suite struct ManifestTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private static let good = """
    flow-plugin: 1
    id: tool
    version: 1.0.0
    abi: 1
    library: libtool.so
    summary: A tool.
    operations:
      make:
        summary: Make files.
        inputs:
          in: {type: file, help: A file.}
        outputs:
          a: {type: file, path: a.txt, help: A.}
          b: {type: file, path: b.txt, help: B.}
        parameters:
          n: {type: integer, default: 1, min: 0, max: 5, help: A number.}
          s: {type: string, required: true, help: Text.}

    """

  private func problems(_ text: String) throws -> String {
    try directory.write("tool.yaml", text)
    do {
      _ = try ManifestParser.parse(file: directory.at("tool.yaml"))
      return ""
    } catch { return "\(error)" }
  }

  @Test func aGoodManifestHasNoProblems() throws {
    #expect(try problems(Self.good) == "")
  }

  @Test(arguments: [
    ("path: b.txt", "path: a.txt", "the outputs 'a' and 'b' have one path, 'a.txt'"),
    ("      n: {", "      in: {", "'in' is both an input and a parameter"),
    ("in: {", "in: {synonyms: [n], ", "the synonym 'n' is another option's name"),
    ("in: {", "in: {synonyms: [1], ", "a synonym must be letters, digits, '_' and '-'"),
    ("required: true", "required: true, default: x", "parameter 's' is required"),
    ("required: true", "required: true, optional: true", "parameter 's' is required"),
    ("path: a.txt,", "path: a.txt, show: pdf,", "'show' is 'pdf'; it must be 'text' or 'json'"),
    (
      "a: {type: file,", "a: {type: directory, show: text,",
      "'show' is for files; 'a' is a directory"
    ),
    ("default: 1,", "default: 1, of: string,", "'of' is for lists; 'n' is of type integer"),
    ("min: 0, max: 5", "min: 5, max: 0", "'min' (5) of 'n' is above 'max' (0)"),
    (
      "required: true", "required: true, min: 1",
      "'min' and 'max' are for numbers; 's' is of type string"
    ),
  ])
  func contradictionsAreFound(_ right: String, _ wrong: String, _ message: String) throws {
    #expect(Self.good.contains(right))
    let text = try problems(Self.good.replacing(right, with: wrong, maxReplacements: 1))
    #expect(text.contains(message), "\(text)")
  }

  @Test func aPluginWithoutOperationsIsNone() throws {
    let end = try #require(Self.good.firstRange(of: "operations:")).lowerBound
    #expect(try problems(String(Self.good[..<end])).contains("the manifest has no operations"))
  }

  @Test func aByteOrderMarkIsSkipped() throws {
    #expect(try problems("\u{FEFF}" + Self.good) == "")
  }

  @Test func aPipeIsRefusedAndNotWaitedFor() throws {
    let path = directory.at("pipe.yaml")
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: FileError("open", path, reason: "it is not a regular file")) {
      try YAMLParser.parse(file: path)
    }
  }
}
