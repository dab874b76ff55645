import Files
import FlowTesting
import Glibc
import Testing

/// What a step is given in confidence stands nowhere afterwards.
@Suite struct SecretsTests {
  let work: TemporaryDirectory
  /// With characters that every encoding changes.
  static let canary = "c4n4ry/+'\"&? <=%å-7"

  init() throws { work = try TemporaryDirectory() }

  private func run(_ workflow: String, _ more: String..., environment: [String: String] = [:])
    throws -> CommandResult
  {
    try work.write("workflow.yaml", "flow: 1\nname: secret\n\(workflow)\n")
    return try Built.flow(
      ["run", "workflow.yaml"] + more, in: work.path, environment: environment)
  }

  /// The files below the directory that hold one of the texts.
  private func files(holding texts: [String], in directory: String? = nil) throws -> [String] {
    let directory = directory ?? work.path
    var found: [String] = []
    for name in try Path.list(directory) {
      let path = "\(directory)/\(name)"
      if try Path.kind(path) == .directory {
        found += try files(holding: texts, in: path)
      } else {
        let bytes = String(decoding: try Path.read(path), as: UTF8.self)
        if texts.contains(where: { bytes.contains($0) }) { found.append(path) }
      }
    }
    return found
  }

  private var step: String {
    """
    steps:
      it:
        secrets: [API_TOKEN]
        outputs: {length: length.txt}
        shell: |
          printf '%s' "$API_TOKEN" | wc -c > "$length"
          echo "plain $API_TOKEN"; echo "error $API_TOKEN" >&2
          printf '%s' "$API_TOKEN" | base64; printf 'user:%s' "$API_TOKEN" | base64 -w0; echo
          printf 'ab%s' "$API_TOKEN" | base64 -w0; echo
          printf '%s' "$API_TOKEN" | od -An -v -tx1 | tr -d ' \\n'; echo
          for part in 1 2 3; do printf '%s' "${API_TOKEN:0:5}"; sleep 0.02; printf '%s' "${API_TOKEN:5}"; done
          exit $fails
        with: {fails: $params.fails}
    params: {fails: {type: integer, default: 0, help: Exit code.}}
    outputs: {length: $steps.it.length}
    """
  }

  /// Also in the forms in which programs write it.
  private static let traces = [
    canary, String(canary.dropFirst(2)), "YzRuNHJ5Lys", "NG40cnkvK", "RuNHJ5Lysn",
    "63346e3472792f2b",
    "c4n4ry%2F",
  ]

  @Test(arguments: [0, 7])
  func aSecretReachesTheStepAndNothingElse(fails: Int) throws {
    let result = try run(
      step, "--set", "fails=\(fails)", environment: ["API_TOKEN": Self.canary])
    #expect(result.status == (fails == 0 ? 0 : 1), "\(result.errors)")
    if fails == 0 {
      #expect(try work.read("results/secret/length").contains("\(Self.canary.utf8.count)\n"))
    }
    #expect(try files(holding: Self.traces) == [])
    var told = result.output + result.errors
    for arguments in [["log"], ["log", "latest"], ["log", "latest", "--json"]] {
      told += try Built.flow(arguments, in: work.path).output
    }
    told += try Built.flow(["log", "latest", "--step", "it"], in: work.path).output
    for format in ["crate", "prov", "bco", "trace", "multiqc"] {
      let result = try Built.flow(
        ["export", format, "latest", "-o", "export-\(format)"], in: work.path)
      #expect(result.status == 0, "\(format): \(result.errors)")
    }
    #expect(try files(holding: Self.traces) == [])
    #expect(Self.traces.allSatisfy { !told.contains($0) })
    #expect(told.contains("[secret]"), "the log is there, without the value")
  }

  @Test func theValueMayChangeAndTheResultStays() throws {
    #expect(try run(step, environment: ["API_TOKEN": "one-token"]).status == 0)
    #expect(
      try run(step, environment: ["API_TOKEN": "another-token"]).output.contains("nothing to do"))
  }

  @Test func aFileOfSecretsIsReadAndMustBeOnesOwn() throws {
    let file = try work.write("secrets", "# of the portal\nAPI_TOKEN=\(Self.canary)\n")
    chmod(file, 0o644)
    let refused = try run(step, "--secrets-file", "secrets")
    #expect(refused.status == 2)
    #expect(refused.errors.contains("others than its owner can reach this file of secrets"))
    #expect(refused.errors.contains("fix: chmod 600 secrets"))
    chmod(file, 0o600)
    let result = try run(step, "--secrets-file", "secrets")
    #expect(result.status == 0, "\(result.errors)")
    try Path.remove(file)
    #expect(try files(holding: Self.traces) == [])
  }

  @Test func aPluginsWordsAreRedactedToo() throws {
    try Path.createDirectory(work.at("plugins"))
    let plugin = try ForeignPlugin("probe", into: work.at("plugins"))
    try WholeFile.write(
      Path.readText("\(plugin.directory)/probe.yaml")
        .replacing("  keep:\n", with: "  keep:\n    secrets: [API_TOKEN]\n"),
      to: "\(plugin.directory)/probe.yaml")
    let result = try run(
      "steps: {it: {use: probe/keep, secrets: [API_TOKEN]}}",
      environment: plugin.environment.merging(["API_TOKEN": "not yet"]) { $1 })
    #expect(result.status == 1)
    #expect(!result.errors.contains("not yet"))
    #expect(result.errors.contains("[secret]"), "\(result.errors)")
  }

  @Test func whatIsNotDeclaredDoesNotReachAStep() throws {
    let result = try run(
      "steps: {it: {outputs: {out: o}, shell: env > \"$out\"}}\noutputs: {out: $steps.it.out}",
      environment: ["API_TOKEN": Self.canary, "LC_COLLATE": "de_DE.UTF-8", "BASH_ENV": "/nowhere"])
    #expect(result.status == 0, "\(result.errors)")
    let variables = try work.read("results/secret/out")
    for name in ["API_TOKEN", "LC_COLLATE", "BASH_ENV"] { #expect(!variables.contains(name)) }
    #expect(try files(holding: Self.traces) == [])
  }

  /// A step cannot read the environment of the engine that started it, nor a file of passwords.
  @Test func theEnginesOwnEnvironmentAndNetrcStayUnread() throws {
    try work.write("home/.netrc", "machine example.org login me password \(Self.canary)\n")
    let result = try run(
      "steps: {it: {outputs: {out: o}, with: {home: \(work.at("home"))}, shell: 'cat /proc/$PPID/environ $home/.netrc'}}",
      environment: ["API_TOKEN": Self.canary, "HOME": work.at("home")])
    #expect(result.status == 1)
    #expect(try files(holding: Self.traces) == [work.at("home/.netrc")])
  }

  @Test(arguments: [
    (
      "steps: {it: {secrets: [API_TOKEN], outputs: {o: o}, shell: x}}", [:],
      "needs the secret 'API_TOKEN'"
    ),
    (
      "steps: {it: {secrets: [API_TOKEN], outputs: {o: o}, shell: x}}", ["API_TOKEN": "abc"],
      "has fewer than 6 characters"
    ),
    (
      "steps: {it: {secrets: [token], outputs: {o: o}, shell: x}}", [:],
      "a secret is the name of a variable"
    ),
    ("steps: {it: {secrets: [PATH], outputs: {o: o}, shell: x}}", [:], "cannot be a secret"),
    (
      "steps: {it: {outputs: {o: o}, shell: curl https://me:c4n4ry-pass@example.org/}}", [:],
      "workflow.yaml:3:51: an address with a password stands here"
    ),
    (
      "steps: {it: {secrets: [API_TOKEN], outputs: {o: o}, shell: echo c4n4ry-pass}}",
      ["API_TOKEN": "c4n4ry-pass"], "the value of a secret stands in the workflow"
    ),
  ])
  func whatWouldBeRecordedIsRefused(
    _ workflow: String, _ environment: [String: String], _ message: String
  ) throws {
    let result = try run(workflow, environment: environment)
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!result.errors.contains("c4n4ry"))
    #expect(!work.exists(".flow/steps"))
    try Path.remove(work.at("workflow.yaml"))
    #expect(try files(holding: ["c4n4ry"]) == [])
  }

  @Test(arguments: ["https://me:c4n4ry-pass@example.org/x", "[ftp://a:c4n4ry-pass@b]"])
  func aParameterWithAPasswordIsRefused(_ value: String) throws {
    let type = value.hasPrefix("[") ? "list, of: string" : "string"
    let result = try run(
      "params: {url: {type: \(type), required: true, help: An address.}}\nsteps: {it: {outputs: {o: o}, with: {url: $params.url}, shell: x}}",
      "--set", "url=\(value.replacing("[", with: "").replacing("]", with: ""))")
    #expect(result.status == 2)
    #expect(result.errors.contains("the parameter 'url' holds an address with a password"))
    #expect(!result.errors.contains("c4n4ry"))
    #expect(try files(holding: ["c4n4ry"]) == [])
  }
}
