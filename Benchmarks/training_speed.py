#!/usr/bin/env python3
"""Training speed and memory of `flow` and of PyTorch on the same machine, in turns.

    python3 Benchmarks/training_speed.py [--configs tiny mini small base] [--rounds 3] [--threads 2]

Both train the same network (a BERT encoder with a third summed embedding and a masked-token head at the masked
positions) on random batches of the same shape: forward, backward, AdamW. Each measurement is a fresh process; flow
and PyTorch take turns, so that a busy moment meets both; reported are medians over the rounds. PyTorch runs eager
with dropout 0.1, as BERT trains, and without dropout both eager and compiled. Needs torch (2.x), and
.build/release/flow.
"""
import argparse, json, os, resource, statistics, subprocess, sys, time

CONFIGS = {  # vocabulary, states, length, hidden, layers, heads, intermediate, batch
    "tiny": (4101, 37, 128, 128, 2, 2, 512, 8),
    "mini": (4101, 37, 256, 256, 4, 4, 1024, 16),
    "small": (4101, 37, 512, 512, 4, 8, 2048, 8),
    "base": (4101, 37, 512, 768, 12, 12, 3072, 4),
}
MASKED = 0.15


def torch_run(a):
    """One measurement of PyTorch, printed as a line of JSON."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    vocabulary, states, length, hidden, layers, heads, intermediate, batch = CONFIGS[a.config]
    p = a.dropout

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.qkv = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(3))
            self.attended, self.wide = nn.Linear(hidden, hidden), nn.Linear(hidden, intermediate)
            self.narrow = nn.Linear(intermediate, hidden)
            self.norms = nn.ModuleList(nn.LayerNorm(hidden, eps=1e-12) for _ in range(2))

        def forward(self, x):
            split = lambda y: y.view(x.shape[0], length, heads, hidden // heads).transpose(1, 2)
            q, k, v = (split(dense(x)) for dense in self.qkv)
            y = F.scaled_dot_product_attention(q, k, v, dropout_p=p if self.training else 0.0)
            y = self.attended(y.transpose(1, 2).reshape(x.shape))
            x = self.norms[0](x + F.dropout(y, p, self.training))
            y = self.narrow(F.gelu(self.wide(x)))
            return self.norms[1](x + F.dropout(y, p, self.training))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.states = nn.Embedding(vocabulary, hidden), nn.Embedding(states, hidden)
            self.places = nn.Embedding(length, hidden)
            self.norm = nn.LayerNorm(hidden, eps=1e-12)
            self.layers = nn.ModuleList(Layer() for _ in range(layers))
            self.transform, self.transform_norm = nn.Linear(hidden, hidden), nn.LayerNorm(hidden, eps=1e-12)
            self.bias = nn.Parameter(torch.zeros(vocabulary))
            for module in self.modules():
                if isinstance(module, (nn.Linear, nn.Embedding)):
                    nn.init.normal_(module.weight, 0, 0.02)

        def forward(self, tokens, state_ids, rows, labels):
            x = self.words(tokens) + self.states(state_ids) + self.places(torch.arange(length))
            x = F.dropout(self.norm(x), p, self.training)
            for layer in self.layers:
                x = layer(x)
            y = self.transform_norm(F.gelu(self.transform(x.flatten(0, 1)[rows])))
            return F.cross_entropy(y @ self.words.weight.T + self.bias, labels)

    def make_batch():
        tokens = torch.randint(5, vocabulary, (batch, length))
        rows = torch.randperm(batch * length)[: int(batch * length * MASKED)].sort().values
        labels = tokens.flatten()[rows].clone()
        tokens.view(-1)[rows] = 4
        return tokens, torch.randint(0, states, (batch, length)), rows, labels

    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)
    step = torch.compile(model) if a.compile else model
    data = [make_batch() for _ in range(4)]
    model.train(not a.forward_only)
    times = []
    with torch.set_grad_enabled(not a.forward_only):
        for number in range(a.steps + 3):
            start = time.perf_counter()
            loss = step(*data[number % 4])
            if not a.forward_only:
                loss.backward()
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            loss.item()
            if number >= 3:
                times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"tokens_per_s": batch * length / statistics.median(times), "peak_memory_mib": peak}))


def measure(command):
    # What a login profile sets for one library must not slow the other.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "MKL_", "OMP_"))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--configs", nargs="+", choices=CONFIGS, default=list(CONFIGS))
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--flow", default=".build/release/flow")
    arguments.add_argument("--torch-run", action="store_true", help=argparse.SUPPRESS)
    arguments.add_argument("--config", help=argparse.SUPPRESS)
    arguments.add_argument("--steps", type=int, help=argparse.SUPPRESS)
    arguments.add_argument("--dropout", type=float, default=0.1, help=argparse.SUPPRESS)
    arguments.add_argument("--compile", action="store_true", help=argparse.SUPPRESS)
    arguments.add_argument("--forward-only", action="store_true", help=argparse.SUPPRESS)
    a = arguments.parse_args()
    if a.torch_run:
        return torch_run(a)
    steps = {"tiny": 60, "mini": 12, "small": 6, "base": 3}
    peer = [sys.executable, os.path.abspath(__file__), "--torch-run"]
    print(f"{'configuration':14}{'flow':>12}{'torch':>12}{'ratio':>8}  of SGEMM   MiB flow / torch")
    for config in a.configs:
        common = ["--config", config, "--steps", str(steps[config]), "--threads", str(a.threads)]
        cases = {
            "dropout 0.1": (["--dropout", "0.1"], [["--dropout", "0.1"]]),
            "dropout 0": (["--dropout", "0"], [["--dropout", "0"], ["--dropout", "0", "--compile"]]),
            "inference": (["--forward-only", "--dropout", "0"],
                          [["--forward-only", "--dropout", "0"], ["--forward-only", "--dropout", "0", "--compile"]]),
        }
        ours, theirs = {c: [] for c in cases}, {c: [[] for _ in cases[c][1]] for c in cases}
        for _ in range(a.rounds):
            for case, (mine, others) in cases.items():
                ours[case].append(measure([a.flow, "bench", "train", *common, *mine]))
                for place, other in enumerate(others):
                    theirs[case][place].append(measure([*peer, *common, *other]))
        for case in cases:
            speed = lambda runs: statistics.median(r["tokens_per_s"] for r in runs)
            memory = lambda runs: statistics.median(r["peak_memory_mib"] for r in runs)
            best = max(theirs[case], key=speed)
            share = statistics.median(r["of_sgemm"] for r in ours[case])
            print(f"{config + ', ' + case:24}{speed(ours[case]):>10.0f}{speed(best):>12.0f}"
                  f"{speed(ours[case]) / speed(best):>8.2f}  {share:>6.0%}   {memory(ours[case]):>6.0f} / {memory(best):.0f}"
                  + ("  (compiled)" if best is not theirs[case][0] else ""), flush=True)


if __name__ == "__main__":
    main()
