import Files
import FlowTesting
import Glibc
import Testing

/// `flow export crate|prov|bco|trace|multiqc`. Others' validators judge the formats in scripts/check-provenance.sh;
/// here is what they cannot know: whether what is told is what happened.
@Suite struct ExportTests {
  let engine: Engine

  init() throws { engine = try Engine() }

  private static let workflow = """
    flow: 1
    name: exported
    inputs: {file: "in put.txt"}
    params: {text: {type: string, default: one, help: What to write.}}
    steps:
      first: {use: probe/write, inputs: {files: $inputs.file}, with: {text: $params.text}}
      second:
        foreach: {n: [1, 2]}
        shell: cat "$file" > "$out"; echo "$n" >> "$out"; mkdir "$dir"; echo x > "$dir/a b"
        inputs: {file: $steps.first.text}
        with: {n: $each.n}
        outputs: {out: out.txt, dir: {path: dir, type: directory}}
      third:
        shell: cat "$one" > "$out"; exit "$code"
        inputs: {one: $steps.first.text}
        with: {code: 0}
        outputs: {out: out.txt}
    outputs: {results: $steps.second.out, last.txt: $steps.third.out}
    """

  private func begin(_ text: String = Self.workflow) throws {
    try engine.work.write("in put.txt", "source\n")
    try engine.workflow(text)
  }

  private func export(_ arguments: String...) throws -> CommandResult {
    let result = try Built.flow(["export"] + arguments, in: engine.work.path)
    #expect(result.status == 0, "\(result.errors)")
    return result
  }

  /// The entities of a crate by their identifiers.
  private func entities(_ crate: String) throws -> [String: JSON] {
    let metadata = try JSON.read(engine.work.at("\(crate)/ro-crate-metadata.json"))
    let graph = metadata["@graph"]?.array ?? []
    return Dictionary(graph.map { ($0["@id"]?.string ?? "", $0) }) { first, _ in first }
  }

  private func ids(_ value: JSON?) -> [String] {
    (value?.array ?? value.map { [$0] } ?? []).compactMap { $0["@id"]?.string }
  }

  @Test func aCrateHoldsTheDataAndTellsWhatMadeIt() throws {
    try begin()
    #expect(try engine.run("--set", "text=two").status == 0)
    _ = try export("crate", "-o", "crate")
    #expect(try engine.work.read("crate/inputs/in put.txt") == "source\n")
    #expect(try engine.work.read("crate/outputs/last.txt") == "source\ntwo\n")
    #expect(try engine.work.read("crate/workflow.yaml") == Self.workflow)
    let entities = try entities("crate")
    let last = try #require(entities["outputs/last.txt"])
    #expect(last["sha256"]?.string == StreamingHash.sha256(of: "source\ntwo\n"))
    let third = try #require(entities["#step/third/attempt/1"])
    #expect(ids(third["result"]) == ["outputs/last.txt"])
    #expect(third["actionStatus"]?.string == "http://schema.org/CompletedActionStatus")
    let made = try #require(ids(third["object"]).first)
    let first = try #require(entities["#step/first/attempt/1"])
    #expect(ids(first["result"]) == [made], "what the third step read, the first made")
    #expect(ids(first["object"]).contains("inputs/in%20put.txt"))
    let tool = try #require(ids(first["instrument"]).first.flatMap { entities[$0] })
    #expect(tool["softwareVersion"]?.string == "1.0.0")
    let library = try StreamingHash.of(file: engine.work.at("plugins/libprobe.so"))
    #expect(tool["sha256"]?.string == library)
    let run = try #require(entities.values.first { $0["@id"]?.string?.hasPrefix("#run/") == true })
    #expect(
      Set(ids(run["result"])) == [
        "outputs/last.txt", "outputs/results/n%3D1/out.txt", "outputs/results/n%3D2/out.txt",
      ])
    #expect(run["agent"] == nil, "nobody is invented")
    #expect(entities["#workflow/value/text"]?["value"]?.string == "two")
    #expect(entities["./"]?["license"]?.string?.contains("No licence was stated") == true)
  }

  @Test func aCrateOfAReusedRunTellsOfTheAttemptsThatMadeTheResults() throws {
    try begin()
    #expect(try engine.run().status == 0)
    _ = try export("crate", "-o", "made")
    #expect(try engine.run().output.contains("nothing to do"))
    _ = try export("crate", "-o", "reused")
    let (made, reused) = (try entities("made"), try entities("reused"))
    for step in ["first", "second%5Bn%3D1%5D", "third"] {
      let id = "#step/\(step)/attempt/1"
      #expect(made[id]?["startTime"] == reused[id]?["startTime"])
      #expect(reused[id]?["description"]?.string?.contains("reused") == true)
    }
  }

  @Test func aRunWhoseResultsWereCleanedIsStillToldOf() throws {
    try begin()
    #expect(try engine.run().status == 0)
    try Path.remove(engine.work.at("results"))
    #expect(try engine.flow("clean", "--run", "latest").status == 0)
    let result = try export("crate", "-o", "crate")
    #expect(result.errors.contains("the crate tells its hash, and does not hold it"))
    let third = try #require(try entities("crate")["#step/third/attempt/1"])
    let made = try #require(ids(third["result"]).first)
    #expect(
      try entities("crate")[made]?["sha256"]?.string == StreamingHash.sha256(of: "source\none\n"))
  }

  @Test func whatChangedSinceIsToldOfAndNotCopied() throws {
    try begin()
    #expect(try engine.run().status == 0)
    try engine.work.write("in put.txt", "edited\n")
    let result = try export("crate", "-o", "crate")
    #expect(result.errors.contains("is not what it was when the run used it"))
    #expect(!engine.work.exists("crate/inputs/in put.txt"))
    let hash = StreamingHash.sha256(of: "source\n")
    let source = try entities("crate").values.first { $0["sha256"]?.string == hash }
    #expect(source?["@id"]?.string?.hasPrefix("#source/") == true)
    // The same in an archive, which takes back what it has begun.
    #expect(try export("crate", "-o", "crate.zip").errors.contains("is not what it was"))
  }

  @Test func aFailedRunTellsWhy() throws {
    try begin(Self.workflow.replacing("code: 0", with: "code: 7"))
    #expect(try engine.run().status == 1)
    _ = try export("crate", "-o", "crate")
    let third = try #require(try entities("crate")["#step/third/attempt/1"])
    #expect(third["actionStatus"]?.string == "http://schema.org/FailedActionStatus")
    #expect(third["error"]?.string?.hasPrefix("the script ended with exit code 7") == true)
    #expect(third["result"] == nil)
    _ = try export("trace")
    let row = try engine.work.read("trace.txt").split(separator: "\n").first {
      $0.contains("third")
    }
    #expect(row?.contains("\tthird\tFAILED\t7\t") == true)
    _ = try export("prov", "-o", "run.provn")
    #expect(
      try engine.work.read("run.provn").contains("schema:error=\"the script ended with exit code 7")
    )
    _ = try export("bco")
    #expect(try engine.work.read("bco.json").contains("failed: the script ended with exit code 7"))
  }

  @Test func aRunThatIsGoingOnHasATraceAndNoCrate() throws {
    try begin(Self.workflow.replacing("exit \"$code\"", with: "sleep 20"))
    let run = try engine.start()
    var trace = ""
    for _ in 0..<200 where !trace.contains("\tthird\tRUNNING\t") {
      usleep(100_000)
      let told = try engine.flow("export", "trace")
      if told.status == 0 { trace = try engine.work.read("trace.txt") }
    }
    #expect(trace.contains("\tfirst\tCOMPLETED\t0\t"))
    let refused = try engine.flow("export", "crate", "-o", "crate")
    #expect(refused.status == 2)
    #expect(refused.errors.contains("is still going on"))
    run.kill(SIGKILL)
    _ = try run.wait()
    // A worker that was just being started holds the lock for a moment longer.
    for _ in 0..<50 where try engine.flow("export", "crate", "-o", "crate").status != 0 {
      usleep(100_000)
    }
    let run2 = try entities("crate").values.first { $0["@id"]?.string?.hasPrefix("#run/") == true }
    #expect(run2?["actionStatus"]?.string == "http://schema.org/FailedActionStatus")
    #expect(run2?["endTime"] == nil, "when it ended, nobody knows")
  }

  /// In PROV, what is used was made before. A reused step had read a result that was lost since, and is made anew.
  @Test func whatAReusedStepHadReadIsNotWhatIsMadeAnew() throws {
    try engine.workflow(
      """
      flow: 1
      name: anew
      steps:
        first: {shell: echo one > "$out", outputs: {out: out.txt}}
        second:
          inputs: {in: $steps.first.out}
          shell: tr a-z A-Z < "$in" > "$out"
          outputs: {out: out.txt}
      outputs: {second.txt: $steps.second.out}
      """)
    #expect(try engine.run().status == 0)
    let key = try engine.latestRun()["steps"]?[0]?["key"]?.string ?? ""
    try Path.remove(engine.work.at(".flow/steps/\(key.prefix(2))/\(key)/outputs/out.txt"))
    #expect(try engine.run().status == 0)
    #expect(try engine.steps("done") == ["first"])
    _ = try export("prov", "-o", "run.provn")
    let lines = try engine.work.read("run.provn").split(separator: "\n")
    let used = try #require(lines.first { $0.contains("used(run:step/second") })
    let made = try #require(
      lines.first { $0.contains("wasGeneratedBy(") && $0.contains("step/first") })
    let entity = used.split(separator: ",")[1].drop { $0 == " " }
    #expect(!made.contains(entity), "\(used)\n\(made)")
  }

  @Test func aCrateIsNotWrittenOverWhatIsThere() throws {
    try begin()
    #expect(try engine.run().status == 0)
    try engine.work.write("crate/mine", "")
    let result = try engine.flow("export", "crate", "-o", "crate")
    #expect(result.status == 1)
    #expect(result.errors.contains("something is there already; choose another --output"))
    #expect(try Path.list(engine.work.at("crate")) == ["mine"])
    #expect(try Path.list(engine.work.path).allSatisfy { !$0.contains("partial") })
  }

  @Test func hostileNamesAreNamesInEveryFormat() throws {
    let name = "a\n\"b'<i>\u{1B}[2J\u{202E}%20#?&x.txt"
    try engine.work.write(name, "content\n")
    try engine.workflow(
      """
      flow: 1
      name: hostile
      params: {f: {type: string, required: true, help: A file.}}
      steps:
        it:
          foreach: {n: [$params.f]}
          shell: mkdir "$dir"; cp "$file" "$dir"; cp "$file" "$dir/\u{FFFC} -n"
          inputs: {file: $params.f}
          with: {text: $each.n}
          outputs: {dir: {path: dir, type: directory}}
      outputs: {dir: $steps.it.dir}
      """)
    #expect(try engine.run("--set", "f=\(name)").status == 0)
    _ = try export("crate", "-o", "crate")
    #expect(try engine.work.read("crate/inputs/\(name)") == "content\n")
    let text = try engine.work.read("crate/ro-crate-metadata.json")
    let graph = try JSON(parsing: text)["@graph"]?.array ?? []
    let encoded = "a%0A%22b%27%3Ci%3E%1B%5B2J%E2%80%AE%2520%23%3F%26x.txt"
    #expect(
      graph.contains { $0["@id"]?.string == "inputs/\(encoded)" && $0["name"]?.string == name })
    #expect(
      graph.contains {
        $0["@id"]?.string.map { $0.hasPrefix("outputs/dir/n") && $0.hasSuffix("/\(encoded)") }
          ?? false
      })
    for id in graph.compactMap({ $0["@id"]?.string }) {
      #expect(id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3C }, "\(id)")
    }
    _ = try export("trace")
    let trace = try engine.work.read("trace.txt")
    #expect(trace.split(separator: "\n").count == 2)
    #expect(!trace.contains("\u{1B}") && !trace.contains("\u{202E}"))
    _ = try export("prov", "-o", "run.provn")
    let provn = try engine.work.read("run.provn")
    #expect(!provn.contains("\u{1B}") && !provn.contains("\u{202E}"))
    _ = try export("prov")
    _ = try JSON.read(engine.work.at("prov.json"))
    _ = try export("bco")
    _ = try JSON.read(engine.work.at("bco.json"))
    _ = try export("multiqc")
    #expect(!(try engine.work.read("multiqc/flow_steps_mqc.json").contains("<i>")))
  }

  @Test func standardOutputIsWrittenToAndNothingElsePrinted() throws {
    try begin()
    #expect(try engine.run().status == 0)
    for name in ["-", "/dev/stdout"] {
      #expect(try JSON(parsing: export("bco", "-o", name).output)["object_id"] != nil)
      #expect(try export("trace", "-o", name).output.hasPrefix("task_id\t"))
      #expect(try engine.flow("report", "-o", name).output.hasSuffix("</html>\n"))
    }
    // Whoever gave it goes on writing there.
    let shell = try RunningCommand(
      "/bin/sh",
      ["-c", "exec > all; echo before; \(Built.directory)/flow export prov -o -; echo after"],
      in: engine.work.path)
    #expect(try shell.wait().status == 0)
    let all = try engine.work.read("all")
    #expect(all.hasPrefix("before\n{") && all.hasSuffix("}\nafter\n"))
  }

  @Test func aRunWritesItsTraceWhereItIsTold() throws {
    try begin()
    #expect(try engine.run("--with-trace").status == 0)
    let lines = try engine.work.read("results/exported/trace.txt").split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines.first?.hasPrefix("task_id\thash\tnative_id\tname\tstatus\texit\tsubmit") == true)
    #expect(try engine.run("--with-trace", "here/t.tsv").status == 0)
    #expect(try engine.work.read("here/t.tsv").contains("\tthird\tCACHED\t0\t"))
    let refused = try engine.run("--with-trace=results/exported/last.txt")
    #expect(refused.status == 2)
    #expect(refused.errors.contains("would be written over the result 'last.txt'"))
  }

  @Test func aTraceHasWhatAStepAndItsProcessesReadAndWrote() throws {
    try begin(
      Self.workflow.replacing(
        "exit \"$code\"", with: "head -c 3000000 /dev/zero > z; cat z > /dev/null"))
    #expect(try engine.run().status == 0)
    _ = try export("trace", "--raw")
    let row = try engine.work.read("trace.txt").split(separator: "\n").first {
      $0.contains("third")
    }
    let cells = (row ?? "").split(separator: "\t").map(String.init)
    // Written by head and by cat, read from a device and from the file.
    #expect((6_000_000...6_100_000).contains(Int(cells.last ?? "") ?? 0), "\(cells)")
    #expect((6_000_000...6_500_000).contains(Int(cells.dropLast().last ?? "") ?? 0), "\(cells)")
  }

  @Test func secretsStandInNoExport() throws {
    let canary = "c4n4ry/+'&=7"
    try engine.workflow(
      """
      flow: 1
      name: secret
      steps:
        it:
          secrets: [API_TOKEN]
          shell: echo "$API_TOKEN" >&2; printf '%s' "$API_TOKEN" | wc -c > "$out"; exit 3
          outputs: {out: out.txt}
      """)
    let result = try Built.flow(
      ["run", "workflow.yaml", "--with-trace", "run.trace"], in: engine.work.path,
      environment: ["API_TOKEN": canary])
    #expect(result.status == 1)
    _ = try export("crate", "-o", "crate")
    _ = try export("prov")
    _ = try export("prov", "-o", "prov.provn")
    _ = try export("bco")
    _ = try export("trace")
    _ = try export("multiqc")
    let told = try [
      "crate/ro-crate-metadata.json", "crate/README.md", "prov.json", "prov.provn", "bco.json",
      "trace.txt", "run.trace", "multiqc/flow_steps_mqc.json",
    ].map { try engine.work.read($0) }.joined()
    #expect(told.contains("the script ended with exit code 3"))
    for trace in [canary, "c4n4ry", "c4n4ry%2F", "YzRuNHJ5"] { #expect(!told.contains(trace)) }
  }

  @Test func workflowsInWorkflowsLieInTheCrate() throws {
    try engine.work.write("in put.txt", "source\n")
    try engine.work.write(
      "parts/inner.yaml",
      """
      flow: 1
      name: inner
      inputs: {file: nothing.txt}
      steps: {copy: {shell: cp "$file" "$out", inputs: {file: $inputs.file}, outputs: {out: out.txt}}}
      outputs: {out: $steps.copy.out}
      """)
    try engine.workflow(
      """
      flow: 1
      name: outer
      inputs: {file: "in put.txt"}
      steps:
        inner: {use: ./parts/inner.yaml, inputs: {file: $inputs.file}}
      outputs: {out.txt: $steps.inner.out}
      """)
    let result = try engine.run()
    #expect(result.status == 0, "\(result.errors)")
    _ = try export("crate", "-o", "crate")
    #expect(try engine.work.read("crate/parts/inner.yaml").contains("name: inner"))
    let entities = try entities("crate")
    #expect(entities["parts/inner.yaml"] != nil)
    #expect(ids(entities["#step/inner%2Fcopy/attempt/1"]?["result"]) == ["outputs/out.txt"])
    #expect(ids(entities["#workflow/input/file"]?["workExample"]) == ["inputs/in%20put.txt"])
    #expect(ids(entities["#workflow/output/out.txt"]?["workExample"]) == ["outputs/out.txt"])
  }

  @Test func whatIsSaidOfPeopleIsChecked() throws {
    try begin()
    #expect(try engine.run().status == 0)
    let result = try engine.flow("export", "crate", "-o", "c", "--agent", "A <mailto:a@b.c>")
    #expect(result.status == 2)
    #expect(result.errors.contains("write a name, or 'NAME <https://…>' with its address"))
    _ = try export(
      "crate", "-o", "c", "--agent", "A Tester <https://orcid.org/0000-0002-1825-0097>",
      "--license", "CC0-1.0")
    let entities = try entities("c")
    #expect(entities["https://orcid.org/0000-0002-1825-0097"]?["name"]?.string == "A Tester")
    #expect(ids(entities["./"]?["license"]) == ["https://spdx.org/licenses/CC0-1.0"])
  }
}
