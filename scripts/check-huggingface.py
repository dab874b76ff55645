#!/usr/bin/env python3
"""Checks that model directories are exchanged with Hugging Face's transformers without loss.

    scripts/check-huggingface.py [--flow .build/release/flow] [MODEL ...]

Ours to theirs, for each MODEL (a directory written by pretrain/ebert or finetune/binding) and for new ones over
overlapping and adjacent k-mers, with and without masked states:
  - BertForMaskedLM (or BertModel) loads it with no missing, unexpected or mismatched key;
  - it gives the same logits (or, for a fine-tuned model, loads the encoder) for random tokens and states;
  - AutoTokenizer gives the ids that the tokenization rule gives;
  - the model card's front matter can be read.
Theirs to ours: models of random weights, saved by transformers in several layouts, give the same logits.
What must be refused is refused, with the reason. Largest allowed difference of a logit: 1e-5.

Needs torch, transformers, safetensors. Exit status 1 where a check fails.
"""
import argparse, json, os, random, subprocess, sys, tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
import transformers
from huggingface_hub import ModelCard
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM, BertForPreTraining, BertModel

TOLERANCE = 1e-5
failures = 0


def report(name, check, result, ok):
    global failures
    failures += not ok
    print(f"{'ok  ' if ok else 'FAIL'}  {name:37}  {check:37}  {result}", flush=True)


def random_batch(config, count=3):
    """Random tokens and states, and padding at the end of one sequence."""
    length = min(config.max_position_embeddings, 64)
    g = torch.Generator().manual_seed(1)
    tokens = torch.randint(0, config.vocab_size, (count, length), generator=g)
    states = torch.randint(0, config.type_vocab_size, (count, length), generator=g)
    mask = torch.ones_like(tokens)
    mask[-1, length // 2 :] = 0
    return dict(input_ids=tokens, token_type_ids=states, attention_mask=mask)


def infer(flow, model, batch):
    """Our logits, and the error text where there are none."""
    with tempfile.TemporaryDirectory() as folder:
        save_file(batch, f"{folder}/batch.safetensors")
        run = subprocess.run(
            [flow, "pretrain", "infer", "--input", f"model={model}", "--input", f"batch={folder}/batch.safetensors",
             "--output-dir", f"{folder}/out"], capture_output=True, text=True)
        if run.returncode != 0:
            return None, run.stderr + run.stdout
        return load_file(f"{folder}/out/predictions.safetensors")["logits"], ""


def compare(name, flow, directory, model):
    batch = random_batch(model.config)
    with torch.no_grad():
        theirs = model.eval()(**batch).logits.float()
    ours, error = infer(flow, directory, batch)
    if ours is None:
        return report(name, "logits", error.strip(), False)
    difference = (ours - theirs).abs().max().item()
    report(name, "logits, largest difference", f"{difference:.1e} of {theirs.abs().max().item():.2f}", difference <= TOLERANCE)


def keys_fit(name, info, expected_unexpected=()):
    unexpected = [key for key in info["unexpected_keys"] if not key.startswith(tuple(expected_unexpected) or ("\0",))]
    wrong = [*info["missing_keys"], *unexpected, *info["mismatched_keys"]]
    report(name, "missing, unexpected, mismatched keys", wrong or "none", not wrong)


def check_byte_pairs(flow, name, directory):
    """AutoTokenizer's ids of a model over byte pairs against those of `tokenize/encode`."""
    rng = random.Random(4)
    sequences = ["".join(rng.choice("ACGTacgt" + "N" * (at % 2)) for _ in range(rng.randrange(5, 200))) for at in range(200)]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "s.fa").write_text("".join(f">{at}\n{sequence}\n" for at, sequence in enumerate(sequences)))
        subprocess.run([flow, "tokenize", "encode", "--input", f"sequence={folder}/s.fa", "--input", f"tokenizer={directory}/tokenizer.json",
                        "--output-dir", f"{folder}/out"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ours = [[2, *json.loads(line)["ids"], 3] for line in Path(folder, "out", "tokens.jsonl").read_text().splitlines()]
    given = AutoTokenizer.from_pretrained(directory)(sequences)["input_ids"]
    report(name, "AutoTokenizer's ids of byte pairs", f"{sum(map(len, ours))} alike", given == ours)


def check_tokenizer(name, directory):
    tokens = json.loads(Path(directory, "config.json").read_text()).get("flow_tokens")
    if tokens is None:
        return
    k = tokens["k"]
    tokenizer = AutoTokenizer.from_pretrained(directory)
    ids = {word: at for at, word in enumerate(Path(directory, "vocab.txt").read_text().split())}
    rng = random.Random(1)
    sequence = "".join(rng.choice("ACGTacgt" + ("N" if at % 50 == 0 else "")) for at in range(40 * k + k // 2))
    starts = range(0, len(sequence) - k + 1, 1 if tokens["overlapping"] else k)
    kmers = [sequence[at : at + k] for at in starts]
    wanted = [2, *(ids.get(kmer.upper(), 1) for kmer in kmers), 3]
    text = " ".join(kmers) if tokens["overlapping"] else sequence
    given = tokenizer(text)
    report(name, "AutoTokenizer's ids", f"{len(wanted)} alike", given["input_ids"] == wanted and set(given) == {"input_ids", "attention_mask"})
    masked = tokenizer(f"{kmers[0]} [MASK] {kmers[-1]}")["input_ids"]
    report(name, "[MASK] within text", "is one token", masked == [2, wanted[1], 4, wanted[-2], 3])


def make_ours(flow, folder, k, overlapping, byte_pairs=0, **parameters):
    """A model of random weights over a random sequence with random states."""
    kind = f"{byte_pairs} byte pairs" if byte_pairs else f"{'overlapping' if overlapping else 'adjacent'} {k}-mers"
    folder = Path(folder, kind + " and masked states" * bool(parameters))
    folder.mkdir()
    rng = random.Random(3)
    (folder / "a.fa").write_text(">chr1\n" + "".join(rng.choice("ACGT") for _ in range(20000)) + "\n")
    (folder / "a.bed").write_text("".join(f"chr1\t{at}\t{at + 1000}\tE{rng.randrange(1, 5)}\n" for at in range(0, 20000, 1000)))

    def run(operation, output, inputs, values):
        words = [word for key, value in inputs.items() for word in ("--input", f"{key}={value}")]
        words += [word for key, value in values.items() for word in ("--param", f"{key}={value}")]
        subprocess.run([flow, *operation.split("/"), *words, "--output-dir", output], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    run("tokenize/corpus", folder / "made", dict(sequence=folder / "a.fa", states=folder / "a.bed"),
        dict(cell_types="x", k=k, overlapping=str(overlapping).lower()))
    inputs = dict(corpus=folder / "made" / "corpus")
    if byte_pairs:
        run("tokenize/train-bpe", folder / "pairs", dict(sequence=folder / "a.fa"), dict(vocabulary_size=byte_pairs))
        inputs["tokenizer"] = folder / "pairs" / "tokenizer.json"
    run("pretrain/ebert", folder / "trained", inputs,
        dict(hidden_size=48, layers=2, heads=4, length=40, batch_size=2, steps=1, warmup_steps=0, validation_every=0,
             initializer_range=0.2, **parameters))
    return folder / "trained" / "model", folder.name


def check_ours(flow, directory, name=None):
    name = name or "/".join(Path(directory).resolve().parts[-2:])
    config = json.loads(Path(directory, "config.json").read_text())
    if "flow_head" in config:
        _, info = BertModel.from_pretrained(directory, add_pooling_layer=False, output_loading_info=True)
        keys_fit(name, info, ["head."])
    else:
        model, info = BertForMaskedLM.from_pretrained(directory, output_loading_info=True)
        keys_fit(name, info)
        compare(name, flow, directory, model)
    if Path(directory, "tokenizer.json").exists():
        if "byte_pairs" in config.get("flow_tokens", {}):
            check_byte_pairs(flow, name, directory)
        else:
            check_tokenizer(name, directory)
    if Path(directory, "README.md").exists():
        card = ModelCard.load(str(Path(directory, "README.md")))
        report(name, "model card", f"{card.data.library_name}, {card.data.pipeline_tag}", card.data.library_name == "transformers")


def small(**changes):
    sizes = dict(vocab_size=69, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
                 max_position_embeddings=80, type_vocab_size=5, initializer_range=0.2)
    torch.manual_seed(2)
    return BertConfig(**{**sizes, **changes})


DNABERT = {  # members of DNABERT's config.json beside BERT's own
    "_num_labels": 2, "bos_token_id": 0, "do_sample": False, "early_stopping": False, "eos_token_ids": 0, "finetuning_task": None,
    "length_penalty": 1.0, "num_beams": 1, "num_rnn_layer": 1, "output_past": True, "pruned_heads": {}, "rnn": "lstm",
    "rnn_dropout": 0.0, "rnn_hidden": 768, "split": 10, "torchscript": False, "use_bfloat16": False,
}


def dnabert(directory):
    """DNABERT's layout for k = 3: its order of tokens, two token types, its members of config.json."""
    model = BertForMaskedLM(small(type_vocab_size=2))
    model.save_pretrained(directory)
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(a + b + c for a in "ATCG" for b in "ATCG" for c in "ATCG")]
    Path(directory, "vocab.txt").write_text("\n".join(tokens) + "\n")
    path = Path(directory, "config.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **DNABERT}))
    return model


def resave(directory, change):
    """Saves a model's tensors again after `change`, which gets and returns a dictionary."""
    path = f"{directory}/model.safetensors"
    tensors = change(load_file(path))
    save_file({key: value.clone().contiguous() for key, value in tensors.items()}, path, metadata={"format": "pt"})


def old_names(tensors):
    return {key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
            for key, value in tensors.items()}


def with_copies(tensors):
    return {**tensors, "cls.predictions.decoder.weight": tensors["bert.embeddings.word_embeddings.weight"],
            "cls.predictions.decoder.bias": tensors["cls.predictions.bias"],
            "bert.embeddings.position_ids": torch.arange(80)[None]}


def check_theirs(flow, folder):
    def saved(name, model, change=None, **options):
        directory = f"{folder}/{name.replace(' ', '-')}"
        model.save_pretrained(directory, **options)
        if change:
            resave(directory, change)
        return directory, name

    for model, name, change, options in [
        (BertForMaskedLM(small()), "BertForMaskedLM", None, {}),
        (BertForMaskedLM(small(hidden_size=33, num_attention_heads=3, intermediate_size=71)), "odd sizes", None, {}),
        (BertForMaskedLM(small()), "in shards", None, {"max_shard_size": "30KB"}),
        (BertForMaskedLM(small()), "gamma and beta", old_names, {}),
        (BertForMaskedLM(small()), "copies of tied tensors", with_copies, {}),
    ]:
        directory, name = saved(name, model, change, **options)
        compare(name, flow, directory, model)
    model = BertForPreTraining(small())
    directory, name = saved("BertForPreTraining", model)
    compare(name, flow, directory, BertForMaskedLM.from_pretrained(directory))
    for dtype in [torch.float16, torch.bfloat16]:
        directory, name = saved(str(dtype).removeprefix("torch."), BertForMaskedLM(small()).to(dtype))
        compare(name, flow, directory, BertForMaskedLM.from_pretrained(directory, dtype=torch.float32))
    directory = f"{folder}/DNABERT"
    compare("DNABERT's layout", flow, directory, dnabert(directory))

    # As it is on the hub: pickled weights. They are refused; the lines that the message gives convert them.
    torch.save({key: value for key, value in load_file(f"{directory}/model.safetensors").items()}, f"{directory}/pytorch_model.bin")
    os.remove(f"{directory}/model.safetensors")
    model = BertForMaskedLM.from_pretrained(directory)
    _, error = infer(flow, directory, random_batch(model.config))
    report("DNABERT's layout", "a pickle alone is refused", "the message says what to do", "is not read here" in error)
    lines = error[error.index("<<END") + len("<<END") : error.rindex("END")].strip().splitlines()
    subprocess.run([sys.executable, "-c", "\n".join(line.strip() for line in lines)], cwd=directory, check=True)
    compare("DNABERT, converted as told", flow, directory, model)

    for name, model, members, reason in [
        ("an encoder alone", BertModel(small()), {}, "without the masked-language head"),
        ("untied", BertForMaskedLM(small(tie_word_embeddings=False)), {}, "tie_word_embeddings is false"),
        ("relu", BertForMaskedLM(small(hidden_act="relu")), {}, 'hidden_act is "relu"'),
        ("gelu_new", BertForMaskedLM(small(hidden_act="gelu_new")), {}, 'hidden_act is "gelu_new"'),
        ("relative positions", BertForMaskedLM(small()), {"position_embedding_type": "relative_key"}, "position_embedding_type is"),
        ("a decoder", BertForMaskedLM(small()), {"is_decoder": True}, "is_decoder is true"),
        ("pruned heads", BertForMaskedLM(small()), {"pruned_heads": {"0": [1]}}, "pruned_heads is"),
        ("code of its own", BertForMaskedLM(small()), {"auto_map": {"AutoModel": "x.Y"}}, "auto_map is"),
    ]:
        directory, name = saved(name, model)
        path = Path(directory, "config.json")
        path.write_text(json.dumps({**json.loads(path.read_text()), **members}))
        _, error = infer(flow, directory, random_batch(model.config))
        report(name, "is refused", f"…{reason}…", reason in error)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flow", default=".build/release/flow")
    parser.add_argument("models", nargs="*", metavar="MODEL")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print(f"transformers {transformers.__version__}, torch {torch.__version__}")
    for directory in arguments.models:
        check_ours(arguments.flow, directory)
    with tempfile.TemporaryDirectory() as folder:
        for k, overlapping, parameters in [
            (3, True, {}), (4, False, {}), (3, True, {"state_mask_rate": 0.3}), (3, True, {"byte_pairs": 80}),
        ]:
            check_ours(arguments.flow, *make_ours(arguments.flow, folder, k, overlapping, **parameters))
        check_theirs(arguments.flow, folder)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
