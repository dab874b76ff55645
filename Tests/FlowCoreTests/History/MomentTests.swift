import Glibc
import Testing

@testable import FlowCore

@Suite struct MomentTests {
  @Test func anAgeIsBeforeNow() throws {
    let age = now() - (try #require(Moment.past("1h30m")))
    #expect((5_399...5_460).contains(age))
  }

  @Test func aDayBeginsAtMidnightHere() throws {
    var seconds = time_t(try #require(Moment.past("2026-01-31")))
    var parts = tm()
    localtime_r(&seconds, &parts)
    #expect((parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour) == (126, 0, 31, 0))
    let moment = try #require(Moment.past("2026-01-31 14:25:01"))
    #expect(moment - Double(seconds) == Double(14 * 3600 + 25 * 60 + 1))
  }

  @Test(arguments: [
    "", "then", "2026-02-30", "2026-13-01", "2026-1", "2026-01-31 25:00", "2026-01-31 1:2:3:4",
    "-1d", "2026-01-31T14:25", "99999999999999999999-01-01", "2026-01-31 14:25 x",
  ])
  func whatIsNoMomentIsNone(_ text: String) { #expect(Moment.past(text) == nil) }
}
