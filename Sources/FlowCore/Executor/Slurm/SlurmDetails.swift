/// What `scontrol show job --oneliner` knows of one job.
struct SlurmDetails: Equatable {
  /// In seconds.
  var runTime: Int?
  /// In seconds; nil for none.
  var timeLimit: Int?
  var wasPreempted: Bool

  init(_ text: String) {
    var values: [Substring: Substring] = [:]
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      guard let equals = word.firstIndex(of: "=") else { continue }
      // The first counts: a job's name or comment, which may hold anything, comes later or is not asked for.
      let name = word[..<equals]
      if values[name] == nil { values[name] = word[word.index(after: equals)...] }
    }
    runTime = values["RunTime"].flatMap(Self.seconds)
    timeLimit = values["TimeLimit"].flatMap(Self.seconds)
    wasPreempted =
      values["JobState"] == "PREEMPTED" || !["None", nil].contains(values["PreemptTime"])
  }

  /// Whether it was, or was about to be, ended for its time: Slurm warns up to half a minute before the time of
  /// the warning, and a step that heeds the warning ends before its limit.
  var wasOutOfTime: Bool {
    guard let runTime, let timeLimit else { return false }
    return runTime + SlurmSubmission.warning + 30 >= timeLimit
  }

  /// "1-02:03:04" and its shorter forms.
  static func seconds(_ text: Substring) -> Int? {
    var days = 0
    var clock = text
    if let dash = text.firstIndex(of: "-") {
      guard let number = Int(text[..<dash]) else { return nil }
      days = number
      clock = text[text.index(after: dash)...]
    }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, let hours = parts[0], let minutes = parts[1], let seconds = parts[2]
    else { return nil }
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
  }
}
