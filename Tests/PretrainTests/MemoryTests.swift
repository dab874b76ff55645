import Corpus
import Files
import FlowPlugin
import FlowTesting
import FoundationEssentials
import Testing
import Transformer

@testable import Pretrain

@Suite struct MemoryTests {
  @Test func theTightestGroupIsTheLimit() throws {
    let folder = try TemporaryDirectory()
    for (group, most, used) in [
      ("", "max", "9000000"), ("/a", "8000000", "5000000"), ("/a/b", "max", "1"),
    ] {
      try Path.createDirectory(folder.at("cgroup\(group)"))
      try folder.write("cgroup\(group)/memory.max", "\(most)\n")
      try folder.write("cgroup\(group)/memory.current", "\(used)\n")
    }
    let meminfo = "MemTotal:       20000 kB\nMemFree:  1 kB\nMemAvailable:   10000 kB\n"
    let system = try #require(
      SystemMemory(meminfo: meminfo, membership: "0::/a/b\n", root: folder.at("cgroup")))
    #expect(system.limit == 8_000_000)
    #expect(system.available == 3_000_000)
    let free = SystemMemory(meminfo: meminfo, membership: "", root: folder.at("cgroup"))
    #expect(free?.limit == 20_480_000 && free?.available == 10_240_000)
    #expect(SystemMemory(meminfo: "", membership: "", root: "/") == nil)
  }

  private func check(_ small: SmallCorpus, windowsAtOnce: Int) throws -> MemoryCheck {
    let corpus = try Corpus(directory: small.corpus)
    let windows = MaskedWindows(
      corpus: corpus,
      sampler: WindowSampler(
        regions: corpus.training, cellTypes: 2, bases: corpus.bases(forTokens: 128)),
      masking: Masking(rate: 0.15, span: 0, vocabulary: corpus.vocabulary), spanWarmup: 0,
      length: 128, usesStates: true, seed: 1, purpose: .training)
    let json = SmallCorpus.parameters([
      "length": 128, "batch_size": 64, "micro_batch": .integer(windowsAtOnce),
    ])
    return try MemoryCheck(
      try EbertParameters(json),
      BertConfiguration(
        hiddenSize: 64, layers: 2, heads: 2, intermediateSize: 256,
        vocabularySize: corpus.vocabulary.count, states: 3, maximumLength: 128),
      windows, validates: false, share: 64, threads: 1, process: 20_000_000)
  }

  @Test func whatCannotFitIsRefusedWithAMicroBatchThatCan() throws {
    let small = try SmallCorpus()
    let whole = try check(small, windowsAtOnce: 64)
    let quarter = try check(small, windowsAtOnce: 16)
    var warnings: [String] = []
    func compare(limit: Int, available: Int) throws {
      try whole.compare(
        with: SystemMemory(limit: limit, available: available), atOnce: 64,
        warn: { warnings.append($0) }, smaller: { try check(small, windowsAtOnce: $0) })
    }
    try compare(limit: 1 << 40, available: 1 << 40)
    #expect(warnings.isEmpty)
    try compare(limit: 1 << 40, available: quarter.total - quarter.process)
    #expect(
      warnings.count == 1 && warnings[0].contains("micro_batch: 16 would take"), "\(warnings)")
    let failure = try #require(throws: StepFailure.self) {
      try compare(limit: quarter.total, available: quarter.total)
    }
    #expect(failure.kind == .invalid)
    #expect(failure.message.contains("micro_batch: 16 would take"), "\(failure)")
    let hopeless = try #require(throws: StepFailure.self) { try compare(limit: 1000, available: 0) }
    #expect(hopeless.message.hasSuffix("choose a smaller model"), "\(hopeless)")
  }

  @Test func theForecastIsToldAndRecorded() throws {
    let small = try SmallCorpus()
    let host = try small.host("run", ["steps": 1, "warmup_steps": 0])
    try host.run("ebert", of: Pretrain.entry)
    #expect(host.log.contains { $0.hasPrefix("memory forecast: ") })
    let record = try #require(host.records["memory_forecast"])
    let parts = ["parameters", "moments", "step", "validation", "transient", "process", "batches"]
    #expect(
      record["total"]?.integer == parts.reduce(0) { $0 + (record[$1]?.integer ?? 0) })
    #expect(host.records["memory_peak"]?.integer ?? 0 > 0)
  }
}

extension EbertParameters {
  /// As the host hands them over.
  init(_ json: JSON) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(EbertParameters.self, from: Data(json.text.utf8))
  }
}
