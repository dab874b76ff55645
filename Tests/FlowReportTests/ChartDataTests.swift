import Files
import FlowCore
import Testing

@testable import FlowReport

@Suite("Charts of a run")
struct ChartDataTests {
  private func trained(_ name: String, operation: String = "pretrain/ebert") -> StepContents {
    var step = Sample.step(name, operation: operation)
    step.metrics = [
      ("learning_rate", Sample.series([(0, 0), (10, 4e-4)])),
      ("loss/train", Sample.series([(0, 8), (10, 4)])),
      ("loss/validation", Sample.series([(10, 4.1)])),
    ]
    return step
  }

  @Test("Names with one prefix share a chart; it comes before charts of single lines")
  func grouping() {
    let charts = MetricCharts.charts(of: [trained("pretrain")], limit: 100)
    #expect(charts.map(\.title) == ["loss", "learning_rate"])
    #expect(charts[0].series.map(\.name) == ["train", "validation"])
    #expect(charts[0].series.map(\.color) == [0, 1])
  }

  @Test("Instances of one operation are overlaid: a colour each, their lines apart by dashes")
  func overlay() {
    let charts = MetricCharts.charts(
      of: [trained("pretrain[states=true]"), trained("pretrain[states=false]")], limit: 100)
    #expect(charts.count == 2)
    #expect(charts[0].series.map(\.color) == [0, 0, 1, 1])
    #expect(charts[0].series.map(\.dash) == [0, 1, 0, 1])
    #expect(charts[0].series[3].name == "pretrain[states=false] · validation")
  }

  @Test("Different operations have different charts")
  func operations() {
    let charts = MetricCharts.charts(
      of: [trained("a"), trained("b", operation: "finetune/binding")], limit: 100)
    #expect(
      charts.map(\.title) == ["loss", "learning_rate", "loss", "learning_rate"].sorted { $0 > $1 })
  }

  @Test("More lines than can be read are left out, in words")
  func limit() {
    let steps = (0..<30).map { trained("train[seed=\($0)]") }
    let charts = MetricCharts.charts(of: steps, limit: 100)
    #expect(charts[0].series.count == Chart.seriesLimit)
    #expect(charts[0].note?.contains("16 of 60") == true)
  }

  private func curve(_ step: String, _ json: JSON) -> StepContents {
    var contents = Sample.step(step, operation: "finetune/evaluate")
    contents.records = [("chart:precision-recall", json)]
    return contents
  }

  @Test("Recorded charts of one title are overlaid, the base rate drawn once")
  func recorded() {
    let json: JSON = [
      "title": "Precision and recall", "x": "recall", "y": "precision",
      "series": [["name": "SPI1", "points": [[0, 1], [0.5, 0.25], [1, .null]]]],
      "lines": [["name": "base rate", "y": 0.004]],
    ]
    let charts = RecordedCharts.charts(
      of: [curve("with", json), curve("without", json)], limit: 100)
    #expect(charts.count == 1)
    #expect(charts[0].series.map(\.name) == ["with", "without"])
    #expect(charts[0].series.map(\.color) == [0, 1])
    #expect(charts[0].levels == [Chart.Level(name: "base rate", y: 0.004)])
    #expect(charts[0].series[0].points[2].y.isNaN)
  }

  @Test(
    "What has not the form of a chart is no chart, and no crash",
    arguments: [
      JSON.null, "text", [], ["series": 3], ["series": []], ["series": [["points": "x"]]],
    ])
  func malformed(json: JSON) {
    #expect(RecordedCharts.charts(of: [curve("a", json)], limit: 100).isEmpty)
  }

  @Test("Points that are no pairs of numbers are left out")
  func malformedPoints() {
    let json: JSON = ["series": [["points": [[0, 1], [1], "x", [2, 3, 4], ["a", 1], [5, 6]]]]]
    let charts = RecordedCharts.charts(of: [curve("a", json)], limit: 100)
    #expect(charts[0].series[0].points == [Point(x: 0, y: 1), Point(x: 5, y: 6)])
  }

  @Test("Many lines have fewer points each, few lines at most 1000")
  func budget() {
    let one = RunContents(run: Sample.run(), source: "", steps: [trained("a")])
    #expect(ChartSection.pointsPerLine(one) == 1000)
    let many = RunContents(
      run: Sample.run(), source: "", steps: (0..<500).map { trained("a\($0)") })
    #expect(ChartSection.pointsPerLine(many) < 200)
  }
}
