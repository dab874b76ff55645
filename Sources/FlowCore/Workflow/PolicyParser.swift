import Files

/// Reads how a step is run: `resources`, `retries`, `on-failure`, `executor`, `slurm`, `network`, `sandbox`,
/// `secrets`.
enum PolicyParser {
  static let executors = ["local", "slurm"]
  static let mostRetries = 10

  /// The policy in the fields of a mapping that has them among others.
  static func policy(_ reader: inout NodeReader) -> StepPolicy {
    var policy = StepPolicy()
    if let node = reader.field("resources")?.value {
      var inner = NodeReader(
        node, file: reader.file, subject: "the resources of \(reader.subject)",
        form: WorkflowForms.resources)
      resources(&inner, &policy)
      reader.take(inner.finish())
    }
    policy.retries = retries(&reader)
    if let text = reader.string("on-failure") {
      policy.onFailure = FailurePolicy(rawValue: text)
      if policy.onFailure == nil {
        reader.report(
          "'on-failure' is '\(text)'", at: reader.field("on-failure")?.value.mark,
          fix: Suggestion.fix(for: text, among: FailurePolicy.allCases.map(\.rawValue)))
      }
    }
    if let text = reader.string("executor") {
      policy.executor = text
      if !executors.contains(text) {
        reader.report(
          "there is no executor '\(text)'", at: reader.field("executor")?.value.mark,
          fix: Suggestion.fix(for: text, among: executors))
      }
    }
    if let node = reader.field("slurm")?.value {
      var inner = NodeReader(
        node, file: reader.file, subject: "'slurm' of \(reader.subject)",
        form: WorkflowForms.slurm)
      policy.slurm = slurm(&inner)
      reader.take(inner.finish())
    }
    policy.confinement = ConfinementParser.confinement(
      &reader, directory: Path.parent(reader.file), mayBeOff: true)
    policy.secrets = SecretNames.names(&reader)
    return policy
  }

  private static func resources(_ reader: inout NodeReader, _ policy: inout StepPolicy) {
    if let cpus = reader.integer("cpus") {
      if cpus < 1 {
        reader.report("'cpus' must be at least 1", at: reader.field("cpus")?.value.mark)
      }
      policy.cpus = max(1, cpus)
    }
    if let gpus = reader.integer("gpus") {
      if !(0...1024).contains(gpus) {
        reader.report("'gpus' must be 0 to 1024", at: reader.field("gpus")?.value.mark)
      }
      policy.gpus = min(1024, max(0, gpus))
    }
    policy.memory = amount(
      "memory", &reader, example: "'4 GB' or '512 MB'", Quantity.bytes)
    policy.time = amount(
      "time", &reader, example: "'90s', '15m' or '2h'; at most 10000d", Quantity.seconds)
  }

  /// `4 GB`, or `{start: 4 GB, factor: 2, most: 64 GB}`.
  private static func amount(
    _ name: String, _ reader: inout NodeReader, example: String, _ read: (String) -> Int?
  ) -> StepPolicy.Amount? {
    guard let entry = reader.field(name) else { return nil }
    guard case .mapping = entry.value.value else {
      return quantity(name, &reader, example, read).map { StepPolicy.Amount(start: $0) }
    }
    var inner = NodeReader(
      entry.value, file: reader.file, subject: "'\(name)' of \(reader.subject)",
      form: WorkflowForms.amount)
    var amount: StepPolicy.Amount?
    let before = inner.problems.count
    if let start = quantity("start", &inner, example, read) {
      amount = StepPolicy.Amount(start: start)
      let most = quantity("most", &inner, example, read)
      let factor = inner.number("factor")
      if let factor, !(factor > 1 && factor <= 1000) {
        inner.report(
          "'factor' must be above 1 and at most 1000", at: inner.field("factor")?.value.mark)
      } else if let most, most < start {
        inner.report("'most' is below 'start'", at: inner.field("most")?.value.mark)
      } else if let most {
        amount?.growth = Growth(factor: factor ?? 2, most: most)
      } else if factor != nil {
        inner.report("an amount that grows needs a bound", fix: "add 'most:'")
      }
    } else if inner.problems.count == before {
      inner.report("'\(name)' needs an amount", fix: "add 'start:', for instance \(example)")
    }
    if let isEnforced = inner.boolean("enforce") {
      amount?.isEnforced = isEnforced
      if name != "memory" {
        inner.report(
          "'enforce' is for memory", at: inner.field("enforce")?.keyMark, fix: "remove it")
      }
    }
    reader.take(inner.finish())
    return amount
  }

  private static func quantity(
    _ name: String, _ reader: inout NodeReader, _ example: String, _ read: (String) -> Int?
  ) -> Int? {
    guard let text = reader.string(name) else { return nil }
    if let quantity = read(text) { return quantity }
    reader.report(
      "'\(name)' is '\(text)'", at: reader.field(name)?.value.mark,
      fix: "write for instance \(example)")
    return nil
  }

  /// `3`, or `{times: 3, delay: 10s, backoff: 2, on: [unavailable, memory]}`.
  private static func retries(_ reader: inout NodeReader) -> Retries? {
    guard let entry = reader.field("retries") else { return nil }
    guard case .mapping = entry.value.value else {
      return reader.integer("retries").map { times($0, entry.value.mark, &reader) }
    }
    var inner = NodeReader(
      entry.value, file: reader.file, subject: "'retries' of \(reader.subject)",
      form: WorkflowForms.retries)
    var retries: Retries
    if let entry = inner.field("times") {
      retries = inner.integer("times").map { times($0, entry.value.mark, &inner) } ?? .none
    } else {
      retries = .none
      inner.report("\(inner.subject) has no 'times'")
    }
    if let delay = quantity("delay", &inner, "'10s' or '2m'", Quantity.seconds) {
      retries.delay = Double(delay)
    }
    if let backoff = inner.number("backoff") {
      if !(1...1000).contains(backoff) {
        inner.report("'backoff' must be 1 to 1000", at: inner.field("backoff")?.value.mark)
      }
      retries.backoff = backoff
    }
    if inner.field("on") != nil {
      var faults: Set<Fault> = []
      for node in inner.list("on") {
        if let fault = node.json.string.flatMap(Fault.init(rawValue:)) {
          faults.insert(fault)
        } else {
          inner.report(
            "\(node.kind) is no fault that 'retries' knows", at: node.mark,
            fix: Suggestion.fix(
              for: node.json.string ?? "", among: Fault.allCases.map(\.rawValue)))
        }
      }
      retries.faults = faults
    }
    reader.take(inner.finish())
    return retries
  }

  private static func times(_ times: Int, _ mark: Mark, _ reader: inout NodeReader) -> Retries {
    if !(0...mostRetries).contains(times) {
      reader.report("'retries' must be 0 to \(mostRetries)", at: mark)
    }
    return Retries(times: min(mostRetries, max(0, times)))
  }

  private static func slurm(_ reader: inout NodeReader) -> SlurmOptions {
    var slurm = SlurmOptions()
    slurm.partition = reader.string("partition")
    slurm.account = reader.string("account")
    slurm.qos = reader.string("qos")
    slurm.constraint = reader.string("constraint")
    for node in reader.list("options") {
      if case .scalar(let text, _) = node.value, text.hasPrefix("-") {
        slurm.options.append(text)
      } else {
        reader.report(
          "an option of sbatch begins with '-', unlike \(node.kind)", at: node.mark,
          fix: "write for instance '--exclusive' or '--mail-type=END'")
      }
    }
    return slurm
  }
}
