import Corpus
import Files
import FlowPlugin

/// What shows that a training step has gone wrong.
enum Divergence: Equatable {
  /// The loss is no finite number.
  case loss
  /// The gradient's norm is no finite number.
  case gradient
  /// The loss is far above the mean of the steps before.
  case spike(factor: Double, mean: Double, steps: Int)

  /// Whether a step's loss shows it.
  ///
  /// - Parameters:
  ///   - recent: the losses of the steps before; fewer than `window` show no spike.
  ///   - factor: how many times their mean, or 1 nat where the mean is less, is a spike; 0 for none.
  init?(loss: Double, after recent: [Double], factor: Double, window: Int) {
    guard loss.isFinite else {
      self = .loss
      return
    }
    guard factor > 0, window > 0, recent.count >= window else { return nil }
    let mean = recent.suffix(window).reduce(0, +) / Double(window)
    // Where nearly all is known, a few hard windows are many times the mean.
    guard loss > factor * max(1, mean) else { return nil }
    self = .spike(factor: factor, mean: mean, steps: window)
  }
}

/// The step at which training went wrong, with its windows, worst first.
struct DivergedStep {
  struct Window {
    let name: String
    let cellType: String
    /// Mean over its masked tokens, without dropout, in nats; NaN where there is none.
    let loss: Double
  }

  let divergence: Divergence
  let step: Int
  let loss: Double
  let learningRate: Double
  let windows: [Window]

  /// - Parameter losses: by window of `batches`.
  init(
    _ divergence: Divergence, step: Int, loss: Double, learningRate: Double,
    windows: [(window: WindowSampler.Window, loss: Double)], bases: Int, corpus: Corpus
  ) {
    self.divergence = divergence
    self.step = step
    self.loss = loss
    self.learningRate = learningRate
    // What is no number is worst; equal losses stay in the order of the windows.
    func badness(_ loss: Double) -> Double { loss.isFinite ? loss : .infinity }
    self.windows = windows.enumerated()
      .sorted {
        let (one, other) = (badness($0.element.loss), badness($1.element.loss))
        return one != other ? one > other : $0.offset < $1.offset
      }
      .map { _, entry in
        let place = entry.window
        return Window(
          name:
            "\(corpus.chromosomes[place.chromosome].name):\(place.start + 1)-\(place.start + bases)",
          cellType: corpus.cellTypes[place.cellType], loss: entry.loss)
      }
  }

  /// All of it, for a file.
  var json: JSON {
    var object: [String: JSON] = [
      "step": .integer(step), "loss": .number(loss), "learning_rate": .number(learningRate),
      "windows": .array(
        windows.map {
          ["window": .string($0.name), "cell_type": .string($0.cellType), "loss": .number($0.loss)]
        }),
    ]
    if case .spike(_, let mean, let steps) = divergence {
      object["mean_before"] = .number(mean)
      object["steps_before"] = .integer(steps)
    }
    return .object(object)
  }

  /// What happened, in words.
  var text: String {
    let worst = windows.prefix(3)
      .map { "\($0.name) in \($0.cellType) (loss \(Rounded.text($0.loss)))" }
      .joined(separator: ", ")
    return "\(sign); its worst windows of \(windows.count): \(worst)"
  }

  private var sign: String {
    switch divergence {
    case .loss: "the loss of step \(step) is not a number: training diverged"
    case .gradient:
      "the gradient of step \(step) is not a number: training diverged (loss \(Rounded.text(loss)))"
    case .spike(let factor, let mean, let steps):
      "the loss of step \(step) is \(Rounded.text(loss)), more than \(Rounded.text(factor)) times the mean of "
        + "the \(steps) steps before, \(Rounded.text(mean))"
    }
  }

  /// What the user can change, and what then becomes of the work so far.
  ///
  /// - Parameters:
  ///   - kept: the step of the newest checkpoint; nil where there is none.
  ///   - scratch: where it lies.
  func advice(kept: Int?, scratch: String) -> String {
    let anew = "choose a smaller learning_rate, more warmup_steps or a clip_norm, which begins anew"
    guard case .spike = divergence else { return anew }
    let higher = "set spike_factor higher (0 never stops for a spike)"
    let goingOn = kept.map {
      ", which with flow step run --scratch-dir \(scratch) goes on from step \($0)"
    }
    return "look at the windows; \(higher)\(goingOn ?? ""), or \(anew)"
  }
}
