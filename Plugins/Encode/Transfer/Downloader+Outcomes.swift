import CCurl
import Files
import FlowPlugin

/// What comes after a request, and after the digests.
extension Downloader {
  /// A request has ended.
  func end(_ ended: Running, _ code: CURLcode) throws {
    let transfer = ended.transfer
    var one = ended.waiting
    if transfer.file.count - one.reached >= Self.worthwhile {
      one.reached = transfer.file.count
      one.choice.gain()
    }
    if transfer.easy.status == 206, transfer.file.count > transfer.offset {
      one.choice.serveRange()
    }
    let outcome = transfer.outcome(code)
    tell(ended.budget, outcome)
    switch outcome {
    case .complete:
      if let bytes = transfer.download.bytes, transfer.file.count < bytes {
        try retry(one, "it ended after \(transfer.file.count) of \(bytes) bytes", pause: nil)
      } else {
        verify(transfer.file, one, isFinal: false)
      }
    case .moved(let place): try follow(place, one)
    case .interrupted(let reason, let pause, _): try retry(one, reason, pause: pause)
    case .nothingLeft
    where transfer.offset > 0 && transfer.file.count < transfer.download.bytes ?? 0:
      // The list knows of more.
      one.choice.ignoreRange()
      waiting.append(one)
    case .nothingLeft where transfer.offset > 0:
      // Perhaps all of it is there already, and only its name is not yet final.
      verify(transfer.file, one, isFinal: false)
    case .nothingLeft,
      .ignoresRange where transfer.offset == 0:
      try retry(one, "the server answers with the wrong range", pause: nil)
    case .ignoresRange:
      one.choice.ignoreRange()
      waiting.append(one)
    case .changed:
      try transfer.file.restart(nil, isLarge: false)
      try retry(one, "the file changes while it is fetched", pause: nil)
    case .wrong(let reason, let isSpoiled):
      if isSpoiled { try drop(&one) }
      try wrong(one, reason)
    case .refused(let reason): giveUp(one, StepFailure(.failed, reason))
    case .absent(_, 403) where one.choice.expire(): waiting.append(one)
    case .absent(let reason, _): giveUp(one, StepFailure(.invalid, reason))
    case .broken(let error): throw error
    }
  }

  /// What an answer means for the pace of all requests to the portal.
  private func tell(_ budget: RequestBudget?, _ outcome: Transfer.Outcome) {
    switch outcome {
    case .interrupted(_, let pause, 429), .interrupted(_, let pause, 503):
      budget?.slowDown(pause: pause)
    case .complete, .moved: budget?.speedUp()
    default: break
    }
  }

  private func follow(_ place: String, _ one: Waiting) throws {
    var one = one
    let address: String
    do throws(Address.Fault) {
      address = try Address(place, from: "/").text
    } catch {
      return giveUp(one, StepFailure(.failed, "it redirects to an address where \(error.reason)"))
    }
    guard let next = Origin(of: address) else {
      return giveUp(
        one, StepFailure(.failed, "it redirects to an address that is neither http nor https"))
    }
    guard !one.choice.url.hasPrefix("https:") || next.scheme == "https" else {
      return giveUp(one, StepFailure(.failed, "it redirects from https to \(next)"))
    }
    guard one.choice.hops < Self.mostRedirects else {
      return giveUp(
        one, StepFailure(.failed, "it redirects more than \(Self.mostRedirects) times"))
    }
    one.choice.move(to: address)
    try ask(one)
  }

  /// Another try, of the next source.
  private func retry(_ one: Waiting, _ reason: String, pause: Int?) throws {
    var one = one
    let tries = one.choice.fail(reason, retries: settings.retries)
    wait(one, tries, pause)
  }

  /// The file is another one than the list describes.
  private func wrong(_ one: Waiting, _ difference: String) throws {
    var one = one
    let tries = one.choice.wrong(difference, retries: settings.retries)
    wait(one, tries, nil)
  }

  func giveUp(_ one: Waiting, _ failure: StepFailure) {
    var one = one
    one.choice.giveUp(failure)
    wait(one, 0, nil)
  }

  /// Puts a file back, to be asked for after a pause; or notes that no source is left.
  ///
  /// - Parameters:
  ///   - tries: those that the source to be asked next has had; a new one is asked at once.
  ///   - asked: the pause that the server asked for, in seconds.
  private func wait(_ one: Waiting, _ tries: Int?, _ asked: Int?) {
    var one = one
    if let failure = one.choice.end {
      failures.append(
        StepFailure(failure.kind, "\(downloads[one.position].address): \(failure.message)"))
      return
    }
    if let tries, tries > 0 {
      one.choice.notBefore = seconds() + settings.backOff.pause(after: tries, asked: asked)
    }
    waiting.append(one)
  }

  private func drop(_ one: inout Waiting) throws(FileError) {
    try one.file?.remove()
    one.file = nil
    sizes.move(one.position, to: 0)
  }

  /// Takes the files whose digests are there.
  func settleVerified() throws {
    var rest: [Verifying] = []
    for one in verifying {
      guard let result = one.file.hash.result else {
        rest.append(one)
        continue
      }
      try settle(one, try result.get())
    }
    verifying = rest
  }

  /// Gives the file its final name if it is what the list says.
  private func settle(_ verified: Verifying, _ digests: FileDigests) throws {
    var one = verified.waiting
    let file = verified.file
    let download = downloads[one.position]
    if let difference = download.difference(bytes: file.count, digests) {
      one.file = file
      try drop(&one)
      // What an earlier attempt left is nobody's fault.
      return verified.isFinal ? waiting.append(one) : try wrong(one, difference)
    }
    if !verified.isFinal { try file.publish(as: path(of: download)) }
    sizes.finish(one.position, file.count)
    fetched[one.position] = FetchedFile(download: download, bytes: file.count, digests: digests)
  }

  /// The failures of files as one.
  func combined(_ failures: [StepFailure]) -> StepFailure {
    guard failures.count > 1, let first = failures.first else {
      return failures.first ?? StepFailure(.failed, "the files could not be fetched")
    }
    let shown = failures.prefix(10).map { "\n  \($0.message)" }.joined()
    let more = failures.count > 10 ? "\n  and \(failures.count - 10) more" : ""
    let fetched = fetched.count { $0 != nil }
    return StepFailure(
      .worst(of: [first] + failures),
      "\(failures.count) files could not be fetched (\(fetched) of \(downloads.count) are, and are kept):"
        + shown + more)
  }
}
