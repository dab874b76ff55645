#!/usr/bin/env python3
"""Trains the same model on the same batches in flow and in PyTorch, and draws both loss curves.

    Benchmarks/loss_curve.py [--flow .build/release/flow] [--steps 400] [--figure docs/figures/loss_curve.svg]

Data: the quickstart's, real sequence and real chromatin states, cut into 3-mers that are masked one by one. From
the neighbours they can be told: much is learned in few steps, so that an error would grow. Initial weights: a
new model of flow's, which transformers opens (a training of one step at a learning rate of 0). Batches: those of
flow, written by pretrain/batches. Both train without dropout, with AdamW (no decay of biases and LayerNorm),
clipped gradients, and a learning rate that rises and falls linearly. PyTorch's side is transformers'
BertForMaskedLM with its loss, torch.optim.AdamW and torch.nn.utils.clip_grad_norm_.

Training amplifies rounding: two programs that round differently drift apart, the more the faster the loss falls.
How much of a difference is rounding, the same training in PyTorch in float64 tells: it is the yardstick for both.

Prints the largest differences of the losses of a step, relative to the reference. Needs torch, transformers,
safetensors; PyTorch runs on as many threads as --threads says.
"""
import argparse, json, math, os, subprocess, tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import BertForMaskedLM

K = 3
MODEL = dict(hidden_size=128, layers=2, heads=4, initializer_range=0.05)
DATA = dict(length=24, batch_size=64, mask_span=1, seed=1)
ADAMW = dict(learning_rate=3e-3, weight_decay=0.01, beta1=0.9, beta2=0.98, epsilon=1e-6, clip_norm=1.0)
REST = dict(dropout=0, validation_every=0, checkpoint_every=0, spike_factor=0)

# The gradient of a key's bias is 0 in exact arithmetic (it moves all scores of a query alike); what AdamW makes of
# the rounding noise there says nothing.
ZERO_GRADIENT = "attention.self.key.bias"


def flow(command, operation, folder, inputs, parameters, name=None):
    arguments = [command, *operation.split("/")]
    arguments += [word for key, path in inputs for word in ("--input", f"{key}={path}")]
    arguments += [word for key, value in parameters.items() for word in ("--param", f"{key}={value}")]
    output = Path(folder, name or operation.replace("/", "-"))
    subprocess.run([*arguments, "--output-dir", output], check=True, stdout=subprocess.DEVNULL)
    return output


def make_corpus(command, folder):
    data = Path(__file__).resolve().parent.parent / "Workflows" / "data"
    return flow(command, "tokenize/corpus", folder,
                [("sequence", data / "hg19.chr20q.fa.gz"),
                 ("states", data / "E116_25_imputed12marks_mnemonics.chr20.bed.gz")],
                dict(cell_types="GM12878", k=K, validation="chr20:50000001-53000000",
                     test="chr20:53000001-63025520")) / "corpus"


def rate(step, peak, warmup, steps):
    """flow's schedule: up to `peak` at step `warmup`, then down to 0 behind the last step."""
    return peak * step / max(1, warmup) if step <= warmup else peak * (steps - step + 1) / max(1, steps - warmup + 1)


def train_torch(start, batches, steps, warmup, dtype):
    """The loss of each step, and the weights after the last."""
    model = BertForMaskedLM.from_pretrained(start).to(dtype).train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    free = [p for name, p in model.named_parameters() if name.endswith("bias") or "LayerNorm" in name]
    decayed = [p for name, p in model.named_parameters() if not (name.endswith("bias") or "LayerNorm" in name)]
    optimizer = torch.optim.AdamW(
        [dict(params=decayed, weight_decay=ADAMW["weight_decay"]), dict(params=free, weight_decay=0.0)],
        betas=(ADAMW["beta1"], ADAMW["beta2"]), eps=ADAMW["epsilon"])
    losses = []
    for at in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(at + 1, ADAMW["learning_rate"], warmup, steps)
        loss = model(**{name: tensor[at] for name, tensor in batches.items()}).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), ADAMW["clip_norm"])
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses, {name: p.detach() for name, p in model.named_parameters()}


def path(xs, ys, x, y):
    return "M" + "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in zip(xs, ys))


def relative(losses, reference):
    return [abs(a - b) / b for a, b in zip(losses, reference)]


def draw(ours, theirs, double, caption, file):
    """Two panels over the same steps: the curves, and their relative differences on a logarithmic scale."""
    width, left, right = 720, 64, 704
    steps = range(1, len(ours) + 1)
    apart = [(color, [max(value, 1e-9) for value in relative(losses, double)])
             for color, losses in [("#f0a030", theirs), ("#1040a0", ours)]]
    top, low = math.ceil(max(theirs)), math.floor(min(theirs))
    values = [value for _, curve in apart for value in curve]
    decades = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    x = lambda step: left + (right - left) * (step - 1) / (len(ours) - 1)
    y = lambda loss: 36 + 220 * (top - loss) / (top - low)
    z = lambda value: 306 + 110 * (decades[1] - math.log10(value)) / (decades[1] - decades[0])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 476" font-family="sans-serif" font-size="12" role="img">',
           f"<title>{caption}</title>", f'<rect width="{width}" height="476" fill="white"/>']

    def line(a, b, c, d):
        out.append(f'<path d="M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" stroke="#ddd"/>')

    def text(a, b, words, anchor="end", more=""):
        out.append(f'<text x="{a:.1f}" y="{b:.1f}" text-anchor="{anchor}" fill="#333"{more}>{words}</text>')

    for loss in range(low, top + 1):
        line(left, y(loss), right, y(loss))
        text(left - 8, y(loss) + 4, loss)
    for power in range(decades[0], decades[1] + 1):
        line(left, z(10.0**power), right, z(10.0**power))
        text(left - 8, z(10.0**power) + 4, f"1e{power}")
    for step in range(0, len(ours) + 1, max(1, len(ours) // 8)):
        text(x(max(1, step)), 436, max(1, step), "middle")
    text(left, 20, "loss, nats per masked token", "start")
    text(left, 294, "relative difference from PyTorch in float64", "start")
    text((left + right) / 2, 462, "step", "middle")
    out.append(f'<path d="{path(steps, theirs, x, y)}" fill="none" stroke="#f0a030" stroke-width="5"/>')
    out.append(f'<path d="{path(steps, ours, x, y)}" fill="none" stroke="#1040a0" stroke-width="1.2"/>')
    for color, curve in apart:
        out.append(f'<path d="{path(steps, curve, x, z)}" fill="none" stroke="{color}"/>')
    for at, (color, thick, name) in enumerate([("#f0a030", 5, "PyTorch"), ("#1040a0", 1.2, "flow")]):
        out.append(f'<path d="M560 {50 + 20 * at}h28" stroke="{color}" stroke-width="{thick}"/>')
        text(596, 54 + 20 * at, name, "start")
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text("\n".join([*out, "</svg>"]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flow", default=".build/release/flow")
    parser.add_argument("--steps", type=int, default=400, help="at most 500, of which flow records each")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--figure", default="docs/figures/loss_curve.svg")
    options = parser.parse_args()
    steps, warmup = options.steps, options.steps // 10
    torch.set_num_threads(options.threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        corpus = make_corpus(options.flow, folder)
        start = flow(options.flow, "pretrain/ebert", folder, [("corpus", corpus)],
                     dict(**MODEL, **DATA, **REST, steps=1, warmup_steps=0, learning_rate=0), "start") / "model"
        batches = load_file(
            flow(options.flow, "pretrain/batches", folder, [("corpus", corpus)], dict(**DATA, steps=steps)) / "batches.safetensors")
        trained = flow(options.flow, "pretrain/ebert", folder, [("corpus", corpus), ("model", start)],
                       dict(**DATA, **ADAMW, **REST, steps=steps, warmup_steps=warmup))
        ours = [loss for _, loss in json.loads((trained / "summary.json").read_text())["loss"]["training"]]
        theirs, _ = train_torch(start, batches, steps, warmup, torch.float32)
        double, weights = train_torch(start, batches, steps, warmup, torch.float64)
        assert len(ours) == len(theirs) == steps, "flow did not record every step"
        with safe_open(trained / "model" / "model.safetensors", "pt") as file:
            apart = max((file.get_tensor(name) - weights[name]).norm().item() / weights[name].norm().item()
                        for name in file.keys() if not name.endswith(ZERO_GRADIENT))
    draw(ours, theirs, double,
         f"Loss of flow and of PyTorch over {steps} steps from the same weights on the same batches", options.figure)

    def largest(losses, reference, count=steps):
        return f"{max(relative(losses[:count], reference[:count])):.1e}"

    print(json.dumps(dict(
        steps=steps, torch=torch.__version__, transformers=transformers.__version__,
        first_loss=round(theirs[0], 4), last_loss=round(theirs[-1], 4), last_loss_of_flow=round(ours[-1], 4),
        flow_from_float32=largest(ours, theirs), flow_from_float64=largest(ours, double),
        float32_from_float64=largest(theirs, double), first_100_flow_from_float64=largest(ours, double, 100),
        first_100_float32_from_float64=largest(theirs, double, 100), weights_from_float64=f"{apart:.1e}")))


if __name__ == "__main__":
    main()
