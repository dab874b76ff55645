import Files
import Testing

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("corpsu", "corpus"), ("lerning_rate", "learning_rate"), ("Steps", "steps"), ("k", nil),
    ("zzzzzz", nil),
  ])
  func nearest(_ name: String, _ expected: String?) {
    let known = ["corpus", "learning_rate", "steps", "vocabulary"]
    #expect(Suggestion.nearest(to: name, among: known) == expected)
  }

  @Test func ofManyNamesTheFirstAreGiven() {
    let known = (10..<50).map { "name\($0)" }
    let fix = Suggestion.fix(for: "zzzzzzzzzz", among: known)
    #expect(fix?.hasPrefix("known are: name10, name11, ") == true)
    #expect(fix?.hasSuffix(", name29, …") == true)
  }

  @Test func distanceCountsEditsAndSwaps() {
    #expect(Suggestion.distance("kitten", "sitting") == 3)
    #expect(Suggestion.distance("ab", "ba") == 1)
    #expect(Suggestion.distance("", "abc") == 3)
  }
}
