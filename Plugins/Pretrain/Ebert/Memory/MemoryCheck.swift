import Files
import FlowPlugin
import Transformer

/// The memory that a run will take, told before it takes it.
struct MemoryCheck {
  let forecast: MemoryForecast
  /// What the process holds before the model is made (code, libraries, the corpus's lists), and what it
  /// takes for threads and small things when it works.
  let process: Int
  /// Batches that are prepared ahead.
  let batches: Int
  /// The mapped corpus, which the system may drop.
  let corpus: Int

  /// The growth of a process that trains a model of no size: stacks, libraries' tables, buffers of files.
  /// Measured: 3.5 to 4.5 MB, docs/training.md.
  private static let runtime = 4_000_000

  /// All but the mapped corpus.
  var total: Int { forecast.total + process + batches }

  /// - Parameters:
  ///   - validates: whether losses are measured in between.
  ///   - share: windows of a step that this process computes.
  ///   - process: what the process holds now.
  init(
    _ parameters: EbertParameters, _ configuration: BertConfiguration, _ windows: MaskedWindows,
    validates: Bool, share: Int, threads: Int, process: Int
  ) throws(ModelError) {
    let length = parameters.length
    let atOnce = min(share, parameters.windowsAtOnce)
    let validated = min(parameters.windowsAtOnce, parameters.validationWindows)
    let most = windows.rate?.most ?? windows.masking.rate
    let tokens = windows.masking.withRate(most).expected(among: length - 2)
    let bins = windows.corpus.bases(forTokens: length) / windows.corpus.binSize + 1
    let states = parameters.stateMaskRate * Double(bins)
    forecast = try MemoryForecast(
      configuration, predictsStates: parameters.stateMaskRate > 0, windows: atOnce, length: length,
      scored: Int(tokens * Double(atOnce)), scoredStates: Int(states * Double(atOnce)),
      validationWindows: validates ? validated : 0, threads: threads,
      precision: parameters.precision == .bfloat16 ? .bfloat16 : .float32)
    self.process = process + MemoryCheck.runtime
    // Token and state of every position, and row, label and state of what is guessed: 4 bytes each.
    let window = 8 * length + Int(12 * (tokens + states))
    batches = (BatchPipeline.depth + 1) * share * window
    corpus = windows.corpus.mappedBytes
  }

  /// One line.
  var text: String {
    "memory forecast: \(size(total)) (weights and gradients \(size(forecast.parameters)), moments "
      + "\(size(forecast.moments)), a step \(size(forecast.step)), validation "
      + "\(size(forecast.validation)), else \(size(forecast.transient + process + batches))); "
      + "\(size(corpus)) of corpus are mapped"
  }

  var json: JSON {
    [
      "total": .integer(total), "parameters": .integer(forecast.parameters),
      "moments": .integer(forecast.moments), "step": .integer(forecast.step),
      "validation": .integer(forecast.validation), "transient": .integer(forecast.transient),
      "process": .integer(process), "batches": .integer(batches), "mapped_corpus": .integer(corpus),
    ]
  }

  /// Refuses what cannot fit, warns of what does not fit now.
  ///
  /// - Parameter smaller: the forecast with so many windows at once.
  func compare(
    with system: SystemMemory, atOnce: Int, warn: (String) -> Void,
    smaller: (Int) throws -> MemoryCheck
  ) throws {
    let free = system.available + process
    guard total > min(system.limit, free) else { return }
    var advice = "choose a smaller model"
    var windows = atOnce / 2
    while windows >= 1 {
      let total = try smaller(windows).total
      if total <= min(system.limit, free) {
        advice = "micro_batch: \(windows) would take \(size(total)) and give the same result"
        break
      }
      windows /= 2
    }
    if total > system.limit {
      throw StepFailure(
        .invalid,
        "this training takes \(size(total)) of memory, and this machine or the group the step runs in has "
          + "\(size(system.limit)); \(advice)")
    }
    warn(
      "this training takes \(size(total)) of memory, of which \(size(free)) are free now; "
        + "\(advice)")
  }

  private func size(_ bytes: Int) -> String { MemoryCheck.text(bytes: bytes) }

  /// 1.93 GB, 24 MB; powers of 1000, as elsewhere in `flow`.
  static func text(bytes: Int) -> String {
    bytes >= 1_000_000_000
      ? "\(Rounded.text(Double(bytes) / 1e9)) GB" : "\((bytes + 500_000) / 1_000_000) MB"
  }
}
