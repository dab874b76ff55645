import Files
import FlowTesting
import Glibc
import Testing

/// Names that someone else chose: of files, and values that become names. None of them is ever code, and each comes
/// through as it is, or is refused.
@Suite struct HostileNamesTests {
  let work: TemporaryDirectory

  init() throws { work = try TemporaryDirectory() }

  @Test func aDirectorysNameIsShownAndNotObeyed() throws {
    let place = work.at("e\u{1B}[31mX\nline")
    try Path.createDirectory(place)
    try WholeFile.write("x\n", to: "\(place)/f")
    try WholeFile.write(
      """
      flow: 1
      name: r
      inputs: {f: f}
      steps: {a: {inputs: {f: $inputs.f}, shell: 'cat "$f" > "$o"', outputs: {o: o}}}
      """, to: "\(place)/r.yaml")
    try WholeFile.write("x: [", to: "\(place)/bad.yaml")
    #expect(try Built.flow(["run", "r.yaml"], in: place).status == 0)
    for command in [
      ["log", "latest"], ["log", "latest", "--step", "a"], ["check", "\(place)/bad.yaml"],
      ["report", "latest", "-o", "\(place)/r.html"], ["lineage", "\(place)/.flow/../f"],
    ] {
      let result = try Built.flow(command, in: place)
      let text = result.output + result.errors
      #expect(text.contains("e␛[31mX⏎line"), "\(command): \(text)")
      #expect(!text.contains("\u{1B}"), "\(command)")
    }
  }

  /// What a shell, YAML, JSON, HTML, a terminal or a template might take for something else.
  private static let names: [String] = {
    let commands = [
      "$(touch CANARY)", "`touch CANARY`", "; touch CANARY;", "| touch CANARY", "&& touch CANARY",
      "|| touch CANARY", "& touch CANARY &", "\ntouch CANARY\n", "'; touch CANARY; '",
      "\"; touch CANARY; \"", "'\"; touch CANARY #", "${IFS}touch${IFS}CANARY", "<(touch CANARY)",
      ">(touch CANARY)", ">CANARY", "$(printf x>CANARY)", "a$(touch CANARY)b", "$((touch CANARY))",
      "%0atouch CANARY", "\\$(touch CANARY)", "\\`touch CANARY\\`", "$'touch CANARY'",
      "{touch,CANARY}", "!touch CANARY", "\r\ntouch CANARY", "{{touch CANARY}}",
      "{% touch CANARY %}",
      "#{touch CANARY}", "<script>touch CANARY</script>", "x'); touch CANARY; ('",
    ]
    let options = [
      "-", "--", "-e", "-n", "-rf", "--help", "--version", "--output-dir=x", "-o x", "+x", "@x",
    ]
    let globs = ["*", "?", "[a-z]", "[!a]", "{a,b}", "~", "~root", "a*b", "**", "]", "["]
    let expansions = [
      "$HOME", "${HOME}", "$$", "$0", "$1", "$@", "${x:-y}", "$x", "${", "$(", "`", "\\", "\\\\",
      "\\n", "\\0", "a\\", "$'\\n'", "%s", "%n", "%d%s", "\\u0041", "\\x41",
    ]
    let quotes = ["'", "\"", "''", "\"\"", "'\"'", "a'b", "a\"b", "'a", "\"a", "a'b\"c`d$e"]
    let spaces = [
      " ", "  a", "a  ", "a b", "a\tb", "\ta", "a\u{A0}b", "a\u{2028}b", "a\u{2029}b",
      "a\u{FEFF}b", "a\u{200B}b", "a\u{3000}b",
    ]
    let controls = [
      "a\u{1}b", "a\u{7}b", "a\u{8}b", "a\u{1B}[2Jb", "a\u{1B}]0;x\u{7}b", "a\nb",
      "a\rb",
      "a\u{B}b", "a\u{C}b",
    ]
    let directions = [
      "a\u{202E}gnp.exe", "a\u{202D}b", "a\u{2066}b\u{2069}", "a\u{200F}b", "\u{5D0}\u{5D1}.txt",
      "\u{627}\u{644}.bam",
    ]
    let scalars = [
      "é", "ß", "ﬁ", "Ａ", "😀", "👨‍👩‍👧‍👦", "🇩🇪", "ạ̈", "a" + String(repeating: "\u{301}", count: 60),
      "\u{E000}", "\u{10FFFD}", "İ", "ı", "ſ", "\u{212A}",
    ]
    let words = [
      "true", "null", "yes", "no", "on", "~x", "0", "00", "007", "1e5", "1.0x", "0x10", "NaN",
      "inf", "-1",
      ".5", "1_000", "2001-01-01", "12:30:45", "=1+1", "@SUM(1)", "NULL", "None", "undefined",
      "CON",
      "nul", "aux.txt", "COM1",
    ]
    let marks = [
      "a:b", "a: b", "a #b", "- a", "? a", "& a", "* a", "! a", "| a", "> a", "% a", ", a", "[] a",
      "{} a", "a,b", "a;b", "a&b", "a|b", "a=b", "a<b", "a>b", "(a)", "a%b", "a^b", "a#b", "a@b",
      "...", "..a", ".a", "a.", "a..b", "---", "--- a", "<<", "<!--", "-->", "]]>", "&lt;", "&amp;",
      "?x=1&y=2",
      "%2e%2e%2f", "%00", "\\..\\a", "C:\\a", "file:a",
    ]
    let long = [
      String(repeating: "x", count: 200), String(repeating: "é", count: 90),
      String(repeating: "😀", count: 40), String(repeating: "' ", count: 90),
    ]
    return commands + options + globs + expansions + quotes + spaces + controls + directions
      + scalars + words + marks + long
  }()

  /// Whether anything that a name asks for was done.
  private func canaries(in directory: String) throws -> [String] {
    try Path.list(directory).flatMap { name -> [String] in
      let path = "\(directory)/\(name)"
      if name == "CANARY" || name.hasPrefix("CANARY\"") { return [path] }
      return try Path.kind(path) == .directory ? canaries(in: path) : []
    }
  }

  @Test func thereAreTwoHundred() {
    #expect(Set(Self.names).count == Self.names.count)
    #expect(Self.names.count >= 200)
  }

  /// As values of `foreach`, in ids, variables and the names of results; and as parameters in a list.
  @Test func valuesComeThroughAsTheyAre() throws {
    try work.write(
      "params.json", JSON.object(["names": .array(Self.names.map { .string($0) })]).text)
    try work.write(
      "workflow.yaml",
      #"""
      flow: 1
      name: names
      params: {names: {type: list, of: string, required: true, help: Names.}}
      steps:
        each:
          foreach: {n: $params.names}
          with: {n: $each.n}
          outputs: {out: out.txt}
          shell: printf '%s' "$n" > "$out"
        all:
          inputs: {parts: $steps.each.out}
          with: {names: $params.names}
          outputs: {out: out.txt, same: same.txt}
          shell: |
            for part in "${parts[@]}"; do cat "$part"; printf '\1'; done > "$out"
            for name in "${names[@]}"; do printf '%s\1' "$name"; done > "$same"
      outputs: {all: $steps.all.out, same: $steps.all.same}
      """#)
    let result = try Built.flow(
      ["run", "workflow.yaml", "--params-file", "params.json"], in: work.path)
    #expect(result.status == 0, "\(result.errors.suffix(2000))")
    let expected = Self.names.map { Array("\($0)\u{1}".utf8) }.joined()
    #expect(try Path.read(work.at("results/names/all")) == Array(expected))
    #expect(try Path.read(work.at("results/names/same")) == Array(expected))
    for command in [
      ["log", "latest"], ["log", "latest", "--json"],
      ["export", "nextflow", "workflow.yaml", "-o", "nf"],
    ] {
      let shown = try Built.flow(command, in: work.path)
      // What moves the cursor or turns the reading order round is shown, not done.
      #expect(!(shown.output + shown.errors).contains("\u{1B}]0"), "\(command)")
      #expect(!shown.output.contains("\u{202E}") || command.contains("--json"), "\(command)")
    }
    #expect(try canaries(in: work.path) == [])
  }

  /// As names of files: inputs one by one, in a directory, and outputs in a directory.
  @Test func filesComeThroughAsTheyAre() throws {
    let names = Self.names.filter { !$0.contains("/") && $0.utf8.count <= 255 }
    for (number, name) in names.enumerated() { try work.write("in/\(name)", "\(number)\n") }
    try work.write(
      "params.json", JSON.object(["files": .array(names.map { .string("in/\($0)") })]).text)
    try work.write(
      "workflow.yaml",
      #"""
      flow: 1
      name: files
      params: {files: {type: list, of: string, required: true, help: Names.}}
      steps:
        one:
          foreach: {file: $params.files}
          inputs: {file: $each.file}
          outputs: {out: out.txt}
          shell: cat "$file" > "$out"
        all:
          inputs: {folder: in, parts: $steps.one.out}
          outputs: {out: out.txt, copy: {path: copy, type: directory}}
          shell: |
            cat "${parts[@]}" > "$out"
            cp -r "$folder" "$copy"
      outputs: {all: $steps.all.out, copy: $steps.all.copy}
      """#)
    let result = try Built.flow(
      ["run", "workflow.yaml", "--params-file", "params.json"], in: work.path)
    #expect(result.status == 0, "\(result.errors.suffix(2000))")
    #expect(
      try work.read("results/files/all") == names.indices.map { "\($0)\n" }.joined())
    #expect(
      try Path.list(work.at("results/files/copy")) == Path.list(work.at("in")))
    #expect(try canaries(in: work.path) == [])
  }

  /// A name that is no text cannot be recorded, and is refused; it does not stop the cleaning up.
  @Test func aNameThatIsNotUTF8IsRefusedAndCleanedUp() throws {
    try work.write(
      "workflow.yaml",
      #"""
      flow: 1
      name: bytes
      steps:
        output:
          outputs: {out: {path: o, type: directory}}
          shell: mkdir "$out"; touch "$out"/$'\xff'
        leftover:
          outputs: {out: o}
          shell: touch $'a\x80b'; mkdir -p d/$'\xfe'; echo ok > "$out"
      outputs: {out: $steps.leftover.out}
      """#)
    let result = try Built.flow(["run", "workflow.yaml", "--cpus", "1"], in: work.path)
    #expect(result.status == 1)
    #expect(result.errors.contains("the name of a file in it is not UTF-8"), "\(result.errors)")
    #expect(try work.read("results/bytes/out") == "ok\n")
    #expect(try Built.flow(["run", "workflow.yaml", "--cpus", "1"], in: work.path).status == 1)
  }

  /// Equal to Unicode, two files to the disk: both must count for the content of a directory.
  @Test func namesThatDifferOnlyInComposedLettersAreRefused() throws {
    try work.write("in/\u{E9}", "composed")
    try work.write("in/e\u{301}", "decomposed")
    try work.write(
      "workflow.yaml",
      "flow: 1\nname: n\nsteps: {it: {inputs: {d: in}, outputs: {o: o}, shell: ls \"$d\" > \"$o\"}}\n"
    )
    let result = try Built.flow(["run", "workflow.yaml"], in: work.path)
    #expect(result.status == 1)
    #expect(
      result.errors.contains("differ only in how Unicode composes letters"), "\(result.errors)")
  }

  /// Such a name cannot be handed on; where it is asked for it is named, elsewhere it disturbs nothing.
  @Test func aPatternSeesNamesThatAreNotUTF8() throws {
    try work.write("d/a.bed", "a\n")
    func make(_ bytes: [UInt8]) -> Bool {
      (Array(work.at("d/").utf8) + bytes + [0]).withUnsafeBytes {
        guard let path = $0.bindMemory(to: CChar.self).baseAddress else { return false }
        return close(open(path, O_CREAT | O_WRONLY, 0o644)) == 0
      }
    }
    try work.write(
      "workflow.yaml",
      #"flow: 1\#nname: n\#nsteps: {it: {foreach: {f: {files: "d/*.bed"}}, inputs: {f: $each.f}, shell: test -s $f}}\#n"#
    )
    try #require(make([0xFF, 0x2E, 0x74, 0x78, 0x74]))
    let passed = try Built.flow(["check", "workflow.yaml"], in: work.path)
    #expect(passed.output.contains("no mistakes found (1 step)"), "\(passed.errors)")
    try #require(make([0xFF, 0x2E, 0x62, 0x65, 0x64]))
    let refused = try Built.flow(["check", "workflow.yaml"], in: work.path)
    #expect(
      refused.errors.contains(
        "the pattern 'd/*.bed' matches 'd/\u{FFFD}.bed', and that name is not UTF-8"),
      "\(refused.errors)")
  }

  @Test func aDeepTreeIsCleanedUp() throws {
    try work.write(
      "workflow.yaml",
      #"""
      flow: 1
      name: deep
      steps:
        it:
          outputs: {out: out.txt}
          shell: |
            for level in {1..150}; do mkdir d; cd d; done
            echo ok > "$out"
        next: {inputs: {first: $steps.it.out}, outputs: {out: o}, shell: 'ls -A > "$out"'}
      outputs: {out: $steps.next.out}
      """#)
    let result = try Built.flow(["run", "workflow.yaml"], in: work.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try work.read("results/deep/out") == "")
  }
}
