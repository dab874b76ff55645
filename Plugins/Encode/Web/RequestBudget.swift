import Files
import Glibc

/// At most so many requests a second to one origin, counted over all processes of this user on this machine.
///
/// The portal allows 10 GET requests a second to "any single user, group, company or lab"
/// (https://www.encodeproject.org/help/rest-api/), and steps run as processes of their own. They share a small file
/// per origin: when the next request may go, and the time between two. Whoever holds its lock decides; the lock is the
/// system's (flock), so a killed process holds none. A server that says it has too much to do makes all of
/// them slower, and each good answer a little faster again.
///
/// Where the file cannot be had, this process counts for itself.
final class RequestBudget {
  /// Seconds between two requests, as fast as it goes: a sixth less than 10 a second, so that requests that are held up
  /// on their way and arrive together still come under the limit.
  static let shortestInterval = 0.12
  private static let longestInterval = 10.0
  /// A pause that is further away was not written by us.
  private static let longestPause = 700.0

  /// What the file holds.
  struct State: Equatable {
    /// Of the clock since boot, in seconds.
    var next = 0.0
    var interval = RequestBudget.shortestInterval
  }

  /// Of the shared file; -1 where there is none.
  private let descriptor: Int32
  private let boot: String
  private var own = State()

  /// - Parameters:
  ///   - origin: whom the requests go to.
  ///   - directory: where the files lie; the user's runtime directory by default.
  init(_ origin: Origin, directory: String? = nil) {
    boot = (try? Path.readText("/proc/sys/kernel/random/boot_id", limit: 100)) ?? "unknown"
    guard let directory = directory ?? SharedDirectory.path else {
      descriptor = -1
      return
    }
    let name = "\(origin.scheme)-\(origin.host)-\(origin.port)".utf8.map {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") ? $0 : UInt8(ascii: "_")
    }
    let path = "\(directory)/requests-\(String(decoding: name.prefix(200), as: UTF8.self))"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Takes a request if one may go now.
  ///
  /// - Returns: 0 then; else the seconds after which to ask again.
  func take() -> Double {
    change { state, now in
      // The sum that was bounded may come out a little larger when taken apart again.
      guard now >= state.next else { return min(state.next - now, Self.longestPause) }
      state.next = now + state.interval
      return 0
    }
  }

  /// The server has too much to do: everybody waits, and then goes half as fast.
  ///
  /// - Parameter pause: the seconds it asks for, if it does.
  func slowDown(pause: Int?) {
    change { state, now in
      // Several requests may be refused at once for one fault.
      if state.next <= now + state.interval {
        state.interval = min(state.interval * 2, Self.longestInterval)
      }
      state.next = max(state.next, now + max(min(Double(pause ?? 0), 600), state.interval))
    }
  }

  /// The server answers well: a tenth faster, up to the limit.
  func speedUp() {
    change { state, _ in
      state.interval = max(state.interval * 0.9, Self.shortestInterval)
    }
  }

  /// Reads the state, changes it and writes it back, alone.
  private func change<Result>(_ body: (inout State, _ now: Double) -> Result) -> Result {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    let now = Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else { return body(&own, now) }
    defer { flock(descriptor, LOCK_UN) }
    var state = read(now)
    defer { write(state) }
    return body(&state, now)
  }

  private func read(_ now: Double) -> State {
    var bytes = [UInt8](repeating: 0, count: 200)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    let parts = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
    guard parts.count == 3, parts[0] == boot.prefix(36), let next = Double(parts[1]),
      let interval = Double(parts[2]), next.isFinite, interval.isFinite
    else { return State() }
    return State(
      next: min(next, now + Self.longestPause),
      interval: min(max(interval, Self.shortestInterval), Self.longestInterval))
  }

  private func write(_ state: State) {
    let text = "\(boot.prefix(36)) \(state.next) \(state.interval)\n"
    let bytes = Array(text.utf8) + [UInt8](repeating: 0x20, count: max(0, 127 - text.utf8.count))
    // One write of less than a page: killed before or after it, not within.
    _ = pwrite(descriptor, bytes + [0x0A], bytes.count + 1, 0)
  }
}
