import Files

/// The values of a job's `params.yaml`.
struct TrainingParameters: Sendable {
  var network: NetworkShape
  /// Scored positions of a sequence on average.
  var meanScored: Double
  var dropout: Double
  var steps: Int
  var warmupSteps: Int
  var batchSize: Int
  var learningRate: Double
  var weightDecay: Double
  var checkpointSteps: Int
  var seed: Int
  /// Sequences in `data/validation`; 0 where there is none.
  var validationSequences: Int

  /// The file.
  var yaml: String { YAML.text(json) }

  private var json: JSON {
    var fit: [String: JSON] = [
      "train_dataloader": dataloader("data/train", batch: batchSize, shuffle: true)
    ]
    var loop: [String: JSON] = ["max_steps": .integer(steps)]
    if validationSequences > 0 {
      // Incomplete batches are dropped, so the batch must not be larger than the set.
      fit["val_dataloader"] = dataloader(
        "data/validation", batch: min(batchSize, validationSequences), shuffle: false)
      loop["eval_frequency"] = .integer(min(checkpointSteps, steps))
    }
    let initial: [String: JSON] = [
      "backend": ["backend_type": "CSX"],
      "model_dir": "model_dir",
      "seed": .integer(seed),
      "model": model,
      "optimizer": [
        "AdamW": [
          "weight_decay": .number(weightDecay), "betas": [.number(0.9), .number(0.999)],
          "correct_bias": true,
        ]
      ],
      "schedulers": [["SequentialLR": ["schedulers": .array(schedulers)]]],
      "precision": [
        "enabled": true, "fp16_type": "cbfloat16", "loss_scaling_factor": "dynamic",
        "max_gradient_norm": .number(1),
      ],
      "loop": .object(loop),
      "checkpoint": ["steps": .integer(checkpointSteps)],
      "logging": ["log_steps": .integer(max(1, min(100, steps / 10)))],
    ]
    return ["trainer": ["init": .object(initial), "fit": .object(fit)]]
  }

  private var model: JSON {
    [
      "name": "ebert",
      "vocab_size": .integer(network.vocabulary),
      "hidden_size": .integer(network.hidden),
      "num_hidden_layers": .integer(network.layers),
      "num_heads": .integer(network.heads),
      "filter_size": .integer(network.intermediate),
      "max_position_embeddings": .integer(network.length),
      "num_states": .integer(network.states),
      "disable_nsp": true,
      "encoder_nonlinearity": "gelu",
      "dropout_rate": .number(dropout),
      "attention_dropout_rate": .number(dropout),
      "layer_norm_epsilon": .number(1e-12),
      // Model Zoo divides the summed loss by the batch: times this, it is about the mean over scored positions.
      "mlm_loss_weight": .number(1 / meanScored),
    ]
  }

  /// Linear warm-up from 0, then linear decay to 0.
  private var schedulers: [JSON] {
    func linear(_ from: Double, _ to: Double, _ steps: Int) -> JSON {
      [
        "LinearLR": [
          "initial_learning_rate": .number(from), "end_learning_rate": .number(to),
          "total_iters": .integer(steps),
        ]
      ]
    }
    let decay = linear(learningRate, 0, max(1, steps - warmupSteps))
    return warmupSteps == 0 ? [decay] : [linear(0, learningRate, warmupSteps), decay]
  }

  private func dataloader(_ directory: String, batch: Int, shuffle: Bool) -> JSON {
    [
      "data_processor": "EBertHDF5DataProcessor", "data_dir": .string(directory),
      "batch_size": .integer(batch), "shuffle": .boolean(shuffle),
      "shuffle_seed": .integer(seed), "num_workers": 0,
    ]
  }
}
