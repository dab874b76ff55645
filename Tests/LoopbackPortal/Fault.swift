/// What a server, or the way to it, does wrong.
public enum Fault: String, CaseIterable, Sendable {
  /// The connection ends in the middle of the body.
  case cut
  /// Nothing more comes in the middle of the body.
  case stall
  /// One bit of the body is another.
  case flip
  /// A range was asked for; the whole file comes, with status 200.
  case ignoreRange = "ignore-range"
  /// A range was asked for; another comes.
  case wrongRange = "wrong-range"
  /// 429, with Retry-After.
  case tooManyRequests = "429"
  /// 503, with Retry-After.
  case unavailable = "503"
  /// 500.
  case failure = "500"
  /// A presigned link does not count any more: 403.
  case expired
  /// The file has another ETag.
  case changedTag = "changed-tag"
  /// Less than the whole comes, with a length that fits.
  case truncated
  /// The address redirects to itself.
  case redirectLoop = "redirect-loop"

  /// Whether the fault can show in answer to a request.
  func applies(to request: Request) -> Bool {
    switch self {
    case .ignoreRange, .wrongRange: request.rangeStart != nil
    case .expired: request.side == .store && request.query.contains("signature=")
    case .redirectLoop: request.side == .portal
    case .cut, .stall, .flip, .truncated, .changedTag: request.method == "GET"
    case .tooManyRequests, .unavailable, .failure: true
    }
  }
}

/// Which requests meet which fault.
public struct FaultPlan: Sendable {
  private let choose: @Sendable (Request) -> Fault?

  public init(_ choose: @escaping @Sendable (Request) -> Fault?) { self.choose = choose }

  public static let none = FaultPlan { _ in nil }

  /// Faults drawn from a seed: the same for the same request of the same path, whatever comes in between.
  ///
  /// - Parameters:
  ///   - rate: the share of requests that meet one, 0...1.
  ///   - kinds: what is drawn from, evenly among those that can show in the request.
  public static func seeded(
    _ seed: UInt64, rate: Double, kinds: [Fault] = Fault.allCases
  ) -> FaultPlan {
    FaultPlan { request in
      let chance = request.draw(seed, 1)
      let kinds = kinds.filter { $0.applies(to: request) }
      guard !kinds.isEmpty, Double(chance >> 11) * 0x1p-53 < rate else { return nil }
      return kinds[Int(request.draw(seed, 2) % UInt64(kinds.count))]
    }
  }

  /// The same plan, but for one path, which meets no fault.
  public func sparing(_ path: String) -> FaultPlan {
    FaultPlan { $0.path == path ? nil : choose($0) }
  }

  func fault(of request: Request) -> Fault? {
    choose(request).flatMap { $0.applies(to: request) ? $0 : nil }
  }
}

extension Request {
  /// A number that depends on the request, a seed and what it is for (SplitMix64's finalizer).
  func draw(_ seed: UInt64, _ purpose: UInt64) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in "\(side)\(path)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
    var value =
      hash &+ seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(earlier) &* 0xD1B5_4A32_D192_ED03
      &+ purpose &* 0x8CB9_2BA7_2F3D_8DD7
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
