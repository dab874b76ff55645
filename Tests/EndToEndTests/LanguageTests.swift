import Files
import FlowTesting
import Glibc
import Testing

/// Workflows at full strength, run as their users run them.
@Suite struct LanguageTests {
  let engine: Engine

  init() throws { engine = try Engine() }

  private func result(_ name: String) throws -> String {
    try engine.work.read("results/language/\(name)")
  }

  // MARK: Scatter and gather

  @Test func aTableFilesAndANestedWorkflowFlowTogether() throws {
    try engine.work.write("data/b.txt", "beta\n")
    try engine.work.write("data/a.txt", "alpha\n")
    try engine.work.write(
      "samples.tsv", "id\tfile\tcontrol\nx\tdata/a.txt\t\ny\tdata/b.txt\tdata/a.txt\n")
    try engine.work.write(
      "count.yaml",
      """
      flow: 1
      name: count
      inputs: {text: {help: A text.}}
      params: {unit: {type: string, default: c, choices: [c, l], help: What to count.}}
      steps:
        count:
          shell: wc "-$unit" < "$text" > "$number"
          inputs: {text: $inputs.text}
          with: {unit: $params.unit}
          outputs: {number: number.txt}
      outputs: {number: $steps.count.number}
      """)
    try engine.workflow(
      """
      flow: 1
      name: language
      steps:
        upper:
          foreach: {file: {files: "data/*.txt"}}
          shell: tr a-z A-Z < "$text" > "$out"; echo "$name" >> "$out"
          inputs: {text: $each.file}
          with: {name: $each.file.name}
          outputs: {out: out.txt}
        count:
          foreach: {file: {files: "data/*.txt"}}
          use: ./count.yaml
          inputs: {text: $steps.upper.out}
        row:
          foreach: {row: {table: samples.tsv}}
          shell: cat "$file" ${control:+"$control"} > "$out"
          inputs: {file: $each.row.file, control: {from: $each.row.control, optional: true}}
          outputs: {out: out.txt}
        all:
          shell: cat "${uppers[@]}" "${numbers[@]}" "${rows[@]}" > "$out"
          inputs: {uppers: $steps.upper.out, numbers: $steps.count.number, rows: $steps.row.out}
          outputs: {out: out.txt}
      outputs: {all: $steps.all.out, number: $steps.count.number}
      """)
    let run = try engine.run()
    #expect(run.status == 0, "\(run.errors)")
    #expect(try result("all") == "ALPHA\na\nBETA\nb\n8\n7\nalpha\nbeta\nalpha\n")
    #expect(try result("number/file=b/number.txt") == "7\n")
    #expect(
      try engine.steps("done").contains("count/count[file=a]"), "the history has the flat steps")
    // What it was made of is kept: a run can be repeated when the files have changed.
    let nested = try engine.work.read("count.yaml")
    try engine.work.write("count.yaml", nested.replacing("wc", with: "echo"))
    let again = try engine.flow("rerun")
    #expect(again.status == 0, "\(again.output)\(again.errors)")
    try engine.work.write("count.yaml", nested)
    // A new file is a new task, and nothing else is run but what gathers it.
    try engine.work.write("data/c.txt", "gamma\n")
    #expect(try engine.run().status == 0)
    #expect(try engine.steps("done") == ["all", "count/count[file=c]", "upper[file=c]"])
  }

  // MARK: Values from outside

  @Test func valuesComeFromProfilesFilesTheCommandLineAndTheEnvironment() throws {
    try engine.workflow(
      """
      flow: 1
      name: language
      env: [LANGUAGE_TEST]
      params:
        a: {type: string, default: a0, help: A.}
        b: {type: string, default: b0, help: B.}
        c: {type: string, default: c0, help: C.}
      profiles:
        one: {params: {a: a1, b: b1, c: c1}}
        two: {params: {a: a2}}
      steps:
        it:
          shell: echo "$a $b $c $e" > "$out"
          with: {a: $params.a, b: $params.b, c: $params.c, e: $env.LANGUAGE_TEST}
          outputs: {out: out.txt}
      outputs: {it: $steps.it.out}
      """)
    try engine.work.write("values.json", "{\"b\": \"b3\", \"c\": \"c3\"}")
    try engine.work.write("own.yaml", "profiles: {two: {params: {a: a4}}}")
    let environment = engine.plugin.environment.merging(["LANGUAGE_TEST": "e"]) { _, new in new }
    func run(_ arguments: String...) throws -> CommandResult {
      try Built.flow(
        ["run", "workflow.yaml"] + arguments, in: engine.work.path, environment: environment)
    }
    let first = try run(
      "--profile", "one,two", "--params-file", "values.json", "--set", "c=c5")
    #expect(first.status == 0, "\(first.errors)")
    #expect(try result("it") == "a2 b3 c5 e\n")
    #expect(try engine.latestRun()["parameters"]?["env.LANGUAGE_TEST"] == "e")
    #expect(try run("--profile", "one,two", "--config", "own.yaml").status == 0)
    #expect(try result("it") == "a4 b1 c1 e\n")
    // Another value of the environment is another result.
    #expect(try run().output.contains("steps run"))
    #expect(try run().output.contains("nothing to do"))
    let missing = try engine.run()
    #expect(missing.status == 2)
    #expect(missing.errors.contains("the variable LANGUAGE_TEST of the environment is not set"))
  }

  // MARK: What is wanted

  @Test func whatIsNotWantedIsLeftOutAndNoFailure() throws {
    try engine.workflow(
      """
      flow: 1
      name: language
      params: {call: {type: boolean, default: false, help: Call.}}
      steps:
        maybe:
          when: $params.call
          shell: echo maybe > "$out"
          outputs: {out: out.txt}
        without:
          shell: echo "with [${text:+$(cat "$text")}]" > "$out"
          inputs: {text: {from: $steps.maybe.out, optional: true}}
          outputs: {out: out.txt}
        plugin: {use: probe/write, inputs: {files: $steps.maybe.out}, with: {text: plugin}}
        needs:
          shell: cat "$text" > "$out"
          inputs: {text: $steps.maybe.out}
          outputs: {out: out.txt}
        after: {use: probe/write, inputs: {files: $steps.needs.out}, with: {text: after}}
      outputs: {without: $steps.without.out, needs: $steps.needs.out, plugin: $steps.plugin.text}
      """)
    let run = try engine.run()
    #expect(run.status == 0, "\(run.errors)")
    #expect(try result("without") == "with []\n")
    #expect(try result("plugin") == "plugin\n")
    #expect(!engine.work.exists("results/language/needs"))
    #expect(try engine.steps("skipped") == ["maybe", "needs"])
    #expect(run.errors.contains("not wanted: params.call is false, not true"))
    #expect(run.errors.contains("needs 'maybe', which was left out"))
    #expect(try engine.run().output.contains("nothing to do"))
    #expect(try engine.flow("run", "workflow.yaml", "--dry-run").output.contains("2 not wanted"))
    #expect(try engine.run("--set", "call=true").status == 0)
    #expect(try result("without") == "with [maybe]\n")
    #expect(try result("needs") == "maybe\n")
  }

  @Test func anOptionalOutputDecidesWhatComesAfter() throws {
    try engine.workflow(
      """
      flow: 1
      name: language
      steps:
        find:
          foreach: {n: [1, 2]}
          shell: echo "$n" > "$log"; [ "$n" = 1 ] || echo found > "$hit"
          with: {n: $each.n}
          outputs: {log: log.txt, hit: {path: hit.txt, optional: true}}
        use:
          foreach: {n: [1, 2]}
          when: $steps.find.hit
          shell: cat "$hit" > "$out"
          inputs: {hit: $steps.find.hit}
          outputs: {out: out.txt}
        all:
          shell: cat "${hits[@]}" > "$out"
          inputs: {hits: $steps.use.out}
          outputs: {out: out.txt}
      outputs: {all: $steps.all.out, hits: $steps.find.hit}
      """)
    let run = try engine.run()
    #expect(run.status == 0, "\(run.errors)")
    #expect(try engine.steps("skipped") == ["use[n=1]"])
    #expect(run.errors.contains("not wanted: 'find[n=1]' made no 'hit'"))
    #expect(try result("all") == "found\n")
    #expect(engine.work.exists("results/language/hits/n=2/hit.txt"))
    #expect(!engine.work.exists("results/language/hits/n=1"))
  }

  @Test func aFailureStopsFinishesOrIsIgnored() throws {
    func workflow(_ policy: String) throws {
      try engine.workflow(
        """
        flow: 1
        name: language
        defaults: {on-failure: \(policy)}
        steps:
          bad: {shell: "exit 1", outputs: {out: out.txt}}
          other: {shell: "sleep 0.3; echo ok > \\"$out\\"", outputs: {out: out.txt}, inputs: {x: $steps.first.out}}
          first: {shell: "sleep 0.3; echo ok > \\"$out\\"", outputs: {out: out.txt}}
          after: {shell: "cat \\"${in[@]}\\" > \\"$out\\"", inputs: {in_: {from: [$steps.bad.out, $steps.first.out], optional: true}}, outputs: {out: out.txt}}
        """.replacing("${in[@]}", with: "${in_[@]}"))
    }
    try workflow("finish")
    #expect(try engine.run("--cpus", "2").status == 1)
    #expect(try engine.steps("done") == ["first", "other"])
    #expect(try engine.steps("skipped") == ["after"])
    try Path.remove(engine.work.at(".flow"))
    try workflow("stop")
    let stopped = try engine.run("--cpus", "2")
    #expect(stopped.status == 1)
    #expect(try engine.steps("cancelled").contains("other"))
    try Path.remove(engine.work.at(".flow"))
    try workflow("ignore")
    let ignored = try engine.run("--cpus", "2")
    #expect(ignored.status == 0, "\(ignored.errors)")
    #expect(try engine.steps("done") == ["after", "first", "other"])
    #expect(try engine.steps("failed") == ["bad"])
  }

  // MARK: Resources

  @Test func aStepOverItsMemoryIsEndedAndTriedAgainWithMore() throws {
    // bash holds the text in memory, far above what the first attempt may use.
    let script =
      "x=$(head -c 150000000 /dev/zero | tr '\\\\0' a); sleep 1.2; echo ${#x} > \\\"$out\\\""
    try engine.workflow(
      """
      flow: 1
      name: language
      steps:
        greedy:
          shell: "\(script)"
          resources: {memory: {start: 50 MB, factor: 20, most: 1 GB}}
          outputs: {out: out.txt}
      outputs: {out: $steps.greedy.out}
      """)
    let run = try engine.run()
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("of memory and may use 50 MB: it was ended"), "\(run.errors)")
    #expect(run.errors.contains("next try now with 1.0 GB of memory"), "\(run.errors)")
    #expect(try result("out") == "150000000\n")
    try engine.workflow(
      try engine.work.read("workflow.yaml").replacing(
        "{start: 50 MB, factor: 20, most: 1 GB}", with: "60 MB"
      ).replacing("1.2", with: "1.3"))
    let failed = try engine.run()
    #expect(failed.status == 1)
    #expect(failed.errors.contains("may use 60 MB: it was ended; raise 'memory:'"))
    try engine.workflow(
      try engine.work.read("workflow.yaml").replacing(
        "60 MB", with: "{start: 60 MB, enforce: false}"))
    #expect(try engine.run().status == 0, "a guess is not enforced")
  }

  @Test func timeGrowsToo() throws {
    try engine.workflow(
      """
      flow: 1
      name: language
      steps:
        slow:
          shell: sleep 2; echo ok > "$out"
          resources: {time: {start: 1s, factor: 10, most: 1m}}
          outputs: {out: out.txt}
      """)
    let run = try engine.run()
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("next try now with 10 s"), "\(run.errors)")
  }

  @Test func retriesAfterOrdinaryFailuresAreAskedFor() throws {
    let mark = engine.work.at("mark")
    func workflow(_ retries: String) throws {
      try engine.workflow(
        """
        flow: 1
        name: language
        steps:
          it:
            shell: test -e '\(mark)' || { touch '\(mark)'; exit 3; }; echo ok > "$out"
            retries: \(retries)
            outputs: {out: out.txt}
        """)
    }
    try workflow("1")
    #expect(try engine.run().status == 1, "exit code 3 is no fault of the world")
    try Path.remove(mark)
    try workflow("{times: 1, delay: 1s, on: [failed]}")
    let run = try engine.run()
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("next try in 1.0 s"))
  }

  @Test func gpusAreGivenOutOneByOne() throws {
    try engine.workflow(
      """
      flow: 1
      name: language
      steps:
        train:
          foreach: {n: [1, 2, 3]}
          shell: echo "$CUDA_VISIBLE_DEVICES" > "$out"; sleep 0.5
          with: {n: $each.n}
          resources: {gpus: 1}
          outputs: {out: out.txt}
        both: {shell: "echo \\"$CUDA_VISIBLE_DEVICES\\" > \\"$out\\"", resources: {gpus: 2}, outputs: {out: out.txt}}
      outputs: {train: $steps.train.out, both: $steps.both.out}
      """)
    let none = try Built.flow(
      ["run", "workflow.yaml"], in: engine.work.path,
      environment: ["CUDA_VISIBLE_DEVICES": "4"])
    #expect(none.status == 2)
    #expect(none.errors.contains("step 'both' asks for 2 GPUs, and there is 1"), "\(none.errors)")
    let run = try Built.flow(
      ["run", "workflow.yaml", "--cpus", "4"], in: engine.work.path,
      environment: ["CUDA_VISIBLE_DEVICES": "4,7"])
    #expect(run.status == 0, "\(run.errors)")
    let first = try [1, 2].map { try result("train/n=\($0)/out.txt") }
    #expect(Set(first) == ["4\n", "7\n"])
    #expect(try result("both") == "4,7\n")
  }

  // MARK: Stubs

  @Test func aStubTriesTheWiresAndTouchesNothingReal() throws {
    try engine.workflow(
      """
      flow: 1
      name: language
      steps:
        long:
          shell: sleep 600
          stub: echo stub > "$out"
          outputs: {out: out.txt, folder: {path: folder, type: directory}, maybe: {path: m, optional: true}}
        plugin: {use: probe/write, inputs: {files: [$steps.long.out, $steps.long.folder/deep/file.txt]}, with: {seconds: 90}}
        other: {shell: "sleep 600", outputs: {folder: {path: folder, type: directory}}, when: $steps.long.out}
        end: {shell: "cat \\"$x\\" > \\"$out\\"; sleep 600", stub: "test -e \\"$x\\"; echo end > \\"$out\\"", inputs: {x: $steps.other.folder/a/b.txt}, outputs: {out: out.txt}}
      outputs: {end: $steps.end.out, text: $steps.plugin.text}
      """.replacing(
        "stub: echo stub > \"$out\"",
        with:
          "stub: mkdir -p \"$folder/deep\"; echo stub > \"$out\"; touch \"$folder/deep/file.txt\""))
    let run = try engine.run("--stub")
    #expect(run.status == 0, "\(run.errors)")
    #expect(!engine.work.exists("results"))
    #expect(!engine.work.exists(".flow/flow.db"))
    #expect(try engine.work.read(".flow/stub/results/language/end") == "end\n")
    #expect(try engine.work.read(".flow/stub/results/language/text") == "")
  }

  // MARK: For editors

  @Test func mistakesAreDataForEditors() throws {
    try engine.workflow("flow: 1\nname: language\nsteps: {a: {use: probe/wrte}}\n")
    let result = try engine.flow("check", "workflow.yaml", "--json")
    #expect(result.status == 2)
    let list = try JSON(parsing: result.output).array ?? []
    #expect(list.count == 1)
    #expect(list.first?["line"] == 3)
    #expect(list.first?["column"] == 18)
    #expect(list.first?["file"] == "workflow.yaml")
    #expect(list.first?["fix"]?.string?.contains("write") ?? false)
    try engine.workflow("flow: 1\nname: language\nsteps: {a: {use: probe/write}}\n")
    #expect(try engine.flow("check", "workflow.yaml", "--json").output == "[]\n")
    let schema = try JSON(parsing: engine.flow("schema").output)
    #expect(schema["properties"]?["steps"] != nil)
  }
}
