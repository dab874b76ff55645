import Glibc

/// Seconds since some fixed moment, for durations and limits: setting the machine's clock does not move it.
public func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
