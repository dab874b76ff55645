#!/usr/bin/env python3
"""Weak scaling of `pretrain/ebert` over MPI: tokens/s of N ranks against one, each with the same windows and one thread.

    python3 Benchmarks/rank_scaling.py --corpus DIR [--configs mini small] [--ranks 2] [--rounds 5] [--steps 12]
                                       [--launcher "mpirun --bind-to core -np"]

DIR is a corpus of `flow tokenize corpus` with 6-mers. Alone and together take turns, so that a busy moment meets
both; reported are medians over the rounds, the efficiency (together / ranks / alone), the spread, and the share of
the time that ranks wait for each other's gradients after their own backward pass. The same efficiency from processor
time rather than from the clock is what a busy machine can still tell: messages and waiting are in it, since ranks wait
busily; other programs are not. As a check, both train on the same batch once, and their losses are compared.
"""
import argparse, json, os, re, resource, statistics, subprocess, tempfile, time

CONFIGS = {  # length, hidden, layers, heads, intermediate, windows of a rank
    "tiny": (128, 128, 2, 2, 512, 8),
    "mini": (256, 256, 4, 4, 1024, 16),
    "small": (512, 512, 4, 8, 2048, 8),
    "base": (512, 768, 12, 12, 3072, 4),
}
FLOW = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.build/release/flow")


def train(a, config, ranks, batch, steps, directory):
    """Seconds of the run by the clock and of all its processors, what it said, and its summary."""
    length, hidden, layers, heads, intermediate, _ = CONFIGS[config]
    parameters = dict(
        length=length, hidden_size=hidden, layers=layers, heads=heads, intermediate_size=intermediate,
        batch_size=batch, steps=steps, warmup_steps=2, validation_every=0, checkpoint_every=0, dropout=0.1)
    command = [FLOW, "pretrain", "ebert", "--input", f"corpus={a.corpus}", "--output-dir", directory]
    for name, value in parameters.items():
        command += ["--param", f"{name}={value}"]
    if ranks > 1:
        command = a.launcher.split() + [str(ranks)] + command

    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    start, before = time.perf_counter(), spent()
    run = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if run.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{run.stderr}")
    with open(os.path.join(directory, "summary.json")) as file:
        return (seconds, spent() - before), run.stderr, json.load(file)


def speed(a, config, ranks):
    """Tokens per second, by the clock and by processor time, and the share of waiting in per cent.

    Of whole steps: start and end, which any run has, are taken off."""
    batch = CONFIGS[config][5] * ranks
    with tempfile.TemporaryDirectory() as work:
        short, _, _ = train(a, config, ranks, batch, 2, f"{work}/short")
        long, said, _ = train(a, config, ranks, batch, 2 + a.steps, f"{work}/long")
    waiting = re.search(r"(\d+) % of the time spent waiting for each other", said)
    tokens = a.steps * batch * CONFIGS[config][0]
    return [tokens / (b - s) for b, s in zip(long, short)] + [int(waiting.group(1)) if waiting else 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--configs", nargs="+", default=["mini", "small"], choices=CONFIGS)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--launcher", default="mpirun --bind-to core -np", help="the number of ranks follows it")
    a = parser.parse_args()
    for config in a.configs:
        with tempfile.TemporaryDirectory() as work:
            batch = CONFIGS[config][5] * a.ranks
            curves = [
                train(a, config, ranks, batch, 4, f"{work}/{ranks}")[2]["loss"]["training"] for ranks in (1, a.ranks)]
        differences = [abs(one[1] - other[1]) for one, other in zip(*curves)]
        alone, together = [], []
        for _ in range(a.rounds):
            alone.append(speed(a, config, 1))
            together.append(speed(a, config, a.ranks))
        (one, one_processor, _), (many, many_processor, waiting) = (
            [statistics.median(column) for column in zip(*rows)] for rows in (alone, together))
        print(json.dumps({
            "config": config, "ranks": a.ranks, "windows_per_rank": CONFIGS[config][5],
            "alone_tokens_per_s": round(one), "together_tokens_per_s": round(many),
            "efficiency": round(many / one / a.ranks, 3),
            "efficiency_by_processor_time": round(many_processor / one_processor, 3),
            "alone_range": [round(f(row[0] for row in alone)) for f in (min, max)],
            "together_range": [round(f(row[0] for row in together)) for f in (min, max)],
            "waiting_percent": waiting,
            "largest_loss_difference": max(differences), "rounds": a.rounds}), flush=True)


if __name__ == "__main__":
    main()
