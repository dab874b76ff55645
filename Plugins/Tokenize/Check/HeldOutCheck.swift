import DNA
import Files
import Genome

/// Whether the regions to hold out lie on the sequence, and each base in one set only.
struct HeldOutCheck {
  private(set) var findings = Findings()

  init(_ plan: InputSurvey.Plan, on sequence: SequenceSurvey) {
    var placed: [String: [(set: String, interval: Interval)]] = [:]
    for (set, texts) in [("validation", plan.validation), ("test", plan.test)] {
      for text in RegionText.rejoined(texts) {
        do throws(GenomeError) {
          let region = try RegionText(parsing: text)
          guard let record = sequence.records.first(where: { $0.name == region.chromosome }) else {
            throw GenomeError(
              "'\(region.chromosome)' is not in the sequence: "
                + ChromosomeNames.hint(
                  for: region.chromosome, among: sequence.records.map(\.name)))
          }
          let interval = try region.interval(onLength: record.length)
          for other in placed[record.name, default: []]
          where other.interval.overlap(interval) > 0 && other.set != set {
            let shared = Interval(
              max(other.interval.start, interval.start), min(other.interval.end, interval.end))
            findings.add(
              .error, "held-out",
              "\(record.name):\(shared.start + 1)-\(shared.end) is in both validation and test; hold each "
                + "base out once")
          }
          placed[record.name, default: []].append((set, interval))
        } catch {
          findings.add(.error, "held-out", "\(set): \(error.reason)")
        }
      }
    }
  }
}
