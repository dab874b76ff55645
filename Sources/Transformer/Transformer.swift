// Transformer: a BERT encoder with chromatin states, its heads, its optimizer and its checkpoints.
//
//     let device = CPU(threads: step.threads)                    // the only place that calls BLAS and kernels
//     let model = MaskedLanguageModel(configuration, device: device, seed: 7)
//     let optimizer = AdamW(model.parameters, .init(weightDecay: 0.01, clipNorm: 1))
//     let schedule = LinearSchedule(peak: 4e-4, warmup: 100, steps: 1000)
//     let state = TrainingState(directory: step.scratch, identity: "…")
//     for step in 1...1000 {
//       var batch = Batch(count: 32, length: 128)                // fill batch.tokens and batch.states
//       let loss = try model.train(batch, scored: scored, dropout: Dropout(seed: 7, step: step))
//       optimizer.step(learningRate: schedule.rate(at: step))    // leaves the gradients 0
//     }
//     try model.save(to: directory, tokenizer: tokenizer)          // Hugging Face's layout
//
// `train` adds to the gradients, so several calls before one `optimizer.step` accumulate.
// `SequenceClassifier` is the same for one logit per sequence. Reading order: Device.swift (what
// hardware does), Encoder/ (the model), Heads/, Training/, Checkpoint/; CPU/ and CUDA/ are devices.
