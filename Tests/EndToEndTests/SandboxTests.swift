import CSystem
import Files
import FlowTesting
import Glibc
import Testing

/// Whether this kernel has what the sandbox is made of.
private let hasLandlock = flow_landlock_abi() >= 6

/// Steps are held to their inputs and outputs.
@Suite(.enabled(if: hasLandlock, "the kernel has no Landlock of ABI 6 or later"))
struct SandboxTests {
  let work: TemporaryDirectory
  let outside: TemporaryDirectory

  init() throws {
    work = try TemporaryDirectory()
    outside = try TemporaryDirectory()
    try outside.write("secret", "secret\n")
    try outside.write("victim", "whole\n")
    try Path.createDirectory(outside.at("folder"))
    try work.write("input.txt", "input\n")
  }

  private func run(_ steps: String, _ more: String..., environment: [String: String] = [:]) throws
    -> CommandResult
  {
    try work.write("workflow.yaml", "flow: 1\nname: box\nsteps:\n\(steps)\n")
    return try Built.flow(
      ["run", "workflow.yaml"] + more, in: work.path, environment: environment)
  }

  // MARK: Escapes

  /// The program of Fixtures/Sandbox, run in a step; what it reports.
  ///
  /// - Parameter isHeld: whether the sandbox is asked for. Without it the file that is written to is named as text: an
  ///   input that changes fails its step, which is not the question here.
  private func escapes(isHeld: Bool) throws -> [String: String] {
    let program = work.at("escape")
    let compiled = try RunningCommand(
      "/usr/bin/cc",
      [
        "-Wall", "-Wextra", "-Werror", "-O1",
        "\(Built.sourceTree())/Tests/Fixtures/Sandbox/escape.c", "-o", program,
      ], in: work.path
    ).wait()
    try #require(compiled.status == 0, "\(compiled.errors)")
    let listener = try Listener()
    let result = try run(
      """
        try:
          inputs: {escape: escape\(isHeld ? ", input: input.txt" : "")}
          with: {outside: \(outside.path), port: \(listener.port), name: \(listener.name)\(isHeld ? "" : ", input: \(work.at("input.txt"))")}
          outputs: {report: report.txt}
          sandbox: \(isHeld)
          shell: mkdir own; "$escape" "$outside" "$PWD/own" "$input" $PPID $port "$name" > "$report"
      outputs: {report: $steps.try.report}
      """)
    try #require(result.status == 0, "\(result.errors)")
    let lines = try work.read("results/box/report").split(separator: "\n")
    return Dictionary(
      lines.map { $0.split(separator: " ") }.map { (String($0[0]), String($0[1])) }
    ) { first, _ in first }
  }

  @Test func noneOfThirtyEightWaysLeadsOut() throws {
    let held = try escapes(isHeld: true)
    #expect(held.count == 38)
    #expect(held.filter { $0.value != "held" }.isEmpty)
    #expect(try outside.read("secret") == "secret\n")
    #expect(try outside.read("victim") == "whole\n")
    #expect(try Path.list(outside.path) == ["folder", "secret", "victim"])
    #expect(try work.read("input.txt") == "input\n")
  }

  /// What the attempts do where nothing holds them: they are no straw men.
  @Test(.enabled(if: getuid() == 0, "some need root even without a sandbox"))
  func withoutASandboxTheySucceed() throws {
    let tried = try escapes(isHeld: false)
    // Namespaces and devices are often denied by a container.
    let mayBeHeld: Set = [
      "through-namespace", "mount-file-system", "make-device", "through-chroot", "through-handle",
      "write-kernel-settings", "trace", "open-memory", "read-memory",
    ]
    #expect(tried.filter { $0.value == "held" && !mayBeHeld.contains($0.key) }.isEmpty)
  }

  /// A TCP port and an abstract socket of this process.
  private final class Listener {
    let port: Int
    let name: String
    private let sockets: [Int32]

    init() throws {
      let name = "flow-test-\(getpid())-\(UInt32.random(in: 0...(.max)))"
      self.name = name
      let stream = Int32(SOCK_STREAM.rawValue)
      let tcp = socket(AF_INET, stream, 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let bound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(tcp, $0, size) == 0 && listen(tcp, 8) == 0 && getsockname(tcp, $0, &size) == 0
        }
      }
      try #require(bound)
      port = Int(UInt16(bigEndian: address.sin_port))
      let abstract = socket(AF_UNIX, stream, 0)
      var unix = sockaddr_un()
      unix.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &unix.sun_path) { path in
        for (position, byte) in name.utf8.enumerated() { path[position + 1] = byte }
      }
      let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
      let isListening = withUnsafePointer(to: &unix) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(abstract, $0, length) == 0 && listen(abstract, 8) == 0
        }
      }
      try #require(isListening)
      sockets = [tcp, abstract]
    }

    deinit { for socket in sockets { close(socket) } }
  }

  // MARK: What works

  @Test func whatScriptsUsuallyDoWorks() throws {
    try work.write("data/one", "1\n")
    try outside.write("two", "2\n")
    #expect(symlink(outside.at("two"), work.at("data/two")) == 0)
    let result = try run(
      """
        it:
          inputs: {input: input.txt, data: data}
          outputs: {out: out.txt, folder: {path: folder, type: directory}}
          shell: |
            cat "$input" "$data"/* > "$out"
            cat <(echo substituted) <<< here >> "$out"
            temporary=$(mktemp); echo temporary > "$temporary"; mv "$temporary" moved; cat moved >> "$out"
            echo told > /dev/stdout; echo told > /dev/stderr; echo kept > /dev/null
            mkdir -p "$folder/deep"; touch "$folder/a"; ln "$folder/a" "$folder/deep/b"; mv "$folder/a" "$folder/c"
            printf '#!/bin/sh\\necho ran\\n' > program; chmod +x program; ./program >> "$out"
            touch "$HOME/settings"; sort < /etc/hostname > /dev/null; head -c 1 /dev/urandom > /dev/null
      outputs: {out: $steps.it.out}
      """)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      try work.read("results/box/out") == "input\n1\n2\nsubstituted\nhere\ntemporary\nran\n"
        || work.read("results/box/out") == "input\n1\n2\nsubstituted\ntemporary\nran\n")
  }

  // MARK: What is said

  @Test(arguments: [
    (#"cat "$at/secret" > "$out""#, "the sandbox keeps the step from ", "/secret: name it under"),
    (#"echo > "$at/new""#, "the sandbox keeps the step from ", "'write' to write there"),
    ("echo > /dev/tcp/127.0.0.1/9", "the sandbox denies connections", "say 'network: true'"),
  ])
  func aDeniedAccessIsExplained(_ script: String, _ what: String, _ fix: String) throws {
    let result = try run(
      "  it: {with: {at: \(outside.path)}, outputs: {out: o}, shell: '\(script)'}")
    #expect(result.status == 1)
    #expect(result.errors.contains(what), "\(result.errors)")
    #expect(result.errors.contains(fix))
  }

  @Test func whatIsNotThereIsNotBlamedOnTheSandbox() throws {
    let result = try run("  it: {outputs: {out: o}, shell: cat /nowhere > \"$out\"}")
    #expect(result.status == 1)
    #expect(!result.errors.contains("sandbox"))
  }

  // MARK: What is allowed on request

  @Test(arguments: [
    ("", [], ["FLOW_SANDBOX": "off"]), ("", ["--no-sandbox"], [:]), ("sandbox: false", [], [:]),
    ("sandbox: {read: [AT]}", [], [:]), ("sandbox: {write: [AT]}", [], [:]),
    ("", [], ["FLOW_SANDBOX_READ": "/nowhere:AT"]),
  ])
  func aPathIsReadOnRequest(
    _ more: String, _ arguments: [String], _ environment: [String: String]
  ) throws {
    let at = outside.path
    try work.write(
      "workflow.yaml",
      """
      flow: 1
      name: box
      steps:
        it:
          with: {at: \(at)}
          outputs: {out: o}
          \(more.replacing("AT", with: at))
          shell: cat "$at/secret" > "$out"
      outputs: {out: $steps.it.out}
      """)
    let result = try Built.flow(
      ["run", "workflow.yaml"] + arguments, in: work.path,
      environment: environment.mapValues { $0.replacing("AT", with: at) })
    #expect(result.status == 0, "\(result.errors)")
    #expect(try work.read("results/box/out") == "secret\n")
  }

  @Test func aPluginIsHeldToo() throws {
    try Path.createDirectory(work.at("plugins"))
    let plugin = try ForeignPlugin("probe", into: work.at("plugins"))
    let arguments = [
      "probe", "ranks", "--param", "seen=\(outside.at("mark"))", "--output-dir", "o",
    ]
    let held = try Built.flow(arguments, in: work.path, environment: plugin.environment)
    #expect(held.status != 0)
    #expect(!outside.exists("mark"))
    let free = try Built.flow(
      arguments + ["--no-sandbox"], in: work.path, environment: plugin.environment)
    #expect(free.status == 0, "\(free.errors)")
    #expect(outside.exists("mark"))
  }

  @Test(arguments: [
    ("sandbox: off", "must be true, false or what it may 'read'"),
    ("sandbox: {reads: [/]}", "did you mean 'read'?"),
    ("sandbox: {read: [[a]]}", "'read' must list paths"), ("network: 1", "must be true or false"),
  ])
  func mistakesAreFound(_ more: String, _ message: String) throws {
    let result = try run("  it: {outputs: {out: o}, \(more), shell: 'true'}")
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}
