#!/usr/bin/env python3
"""Byte pairs trained and applied: `flow tokenize` beside Hugging Face's tokenizers, in turns.

    pip install tokenizers
    python3 Benchmarks/bpe_speed.py GENOME.fa --bases 10000000 --chunk 1000 --rounds 3

Both get the same chunks of known bases, end to end, and make the same merges, which is checked. Ours is the whole
command, reading FASTA and writing the result included (for encoding, the encoding alone, one thread); theirs is `train_from_iterator` and `encode` alone, in a
process of its own. Wall clock and processor time; where other programs run, only the latter tells.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def chunks(path, chunk):
    text = "".join(line for line in Path(path).read_text().split("\n") if not line.startswith(">"))
    return [text[at : at + chunk] for at in range(0, len(text), chunk)]


def rival(task, fasta, chunk, size, saved):
    """One task in this process; prints wall and processor seconds."""
    from tokenizers import Tokenizer, models, trainers

    lines = chunks(fasta, chunk)
    library = Tokenizer(models.BPE(unk_token="[UNK]")) if task == "train" else Tokenizer.from_file(saved)
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=2, special_tokens=SPECIALS, show_progress=False)
    wall, used = time.perf_counter(), time.process_time()
    if task == "train":
        library.train_from_iterator(lines, trainer)
    else:
        for line in lines:
            library.encode(line, add_special_tokens=False)
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - used}))
    if task == "train":
        library.save(saved)


def timed(words, **options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    run = subprocess.run(words, capture_output=True, text=True, **options)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return {"wall": wall, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}, run.stdout + run.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fasta", help="plain FASTA; unknown bases are left out")
    parser.add_argument("--flow", default=".build/release/flow")
    parser.add_argument("--bases", type=int, default=10_000_000)
    parser.add_argument("--chunk", type=int, default=1000)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rival", nargs=2, metavar=("TASK", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.rival:
        return rival(arguments.rival[0], arguments.fasta, arguments.chunk, arguments.size, arguments.rival[1])
    environment = {**os.environ, "RAYON_NUM_THREADS": str(arguments.threads), "TOKENIZERS_PARALLELISM": "true"}
    with tempfile.TemporaryDirectory() as folder:
        fasta = f"{folder}/bases.fa"
        known = "".join("".join(chunks(arguments.fasta, 1 << 30)).upper().replace("N", ""))[: arguments.bases]
        Path(fasta).write_text(">known\n" + "\n".join(known[at : at + 80] for at in range(0, len(known), 80)) + "\n")
        records = f"{folder}/records.fa"
        lines = [known[at : at + arguments.chunk] for at in range(0, len(known), arguments.chunk)]
        Path(records).write_text("".join(f">{number}\n{line}\n" for number, line in enumerate(lines)))
        theirs, ours = f"{folder}/theirs.json", f"{folder}/ours"
        for turn in range(arguments.rounds):
            for task in ["train", "encode"]:
                _, told = timed([sys.executable, __file__, fasta, "--chunk", str(arguments.chunk), "--size", str(arguments.size),
                                 "--rival", task, theirs], env=environment)
                rivals = json.loads(told.splitlines()[0])
                options = ["--sequence", fasta if task == "train" else records, "--output-dir", f"{ours}{turn}{task}",
                           "--threads", str(arguments.threads)]
                if task == "train":
                    options += ["--sample-bases", "0", "--chunk", str(arguments.chunk), "--vocabulary-size", str(arguments.size)]
                else:
                    options += ["--tokenizer", theirs, "--max-bases", str(len(known))]
                mine, told = timed([arguments.flow, "tokenize", "train-bpe" if task == "train" else "encode", *options])
                note = ""
                if task == "encode":
                    # The command writes a table of all tokens; it tells how long the encoding itself took.
                    speed = float(re.search(r"encoded at (\d+) million", told)[1])
                    mine = {"wall": len(known) / speed / 1e6, "cpu": len(known) / speed / 1e6}
                if task == "train":
                    pair = [json.loads(Path(path).read_text())["model"]["merges"] for path in (f"{ours}{turn}train/tokenizer.json", theirs)]
                    note = "same merges" if [m.split(" ") for m in pair[0]] == [list(m) for m in pair[1]] else "OTHER MERGES"
                print(f"{task:6} {len(known)} bases, {arguments.threads} thread(s): flow {mine['wall']:.2f} s ({mine['cpu']:.2f} cpu), "
                      f"tokenizers {rivals['wall']:.2f} s ({rivals['cpu']:.2f} cpu), "
                      f"{rivals['wall'] / mine['wall']:.1f}x wall, {rivals['cpu'] / mine['cpu']:.1f}x cpu {note}", flush=True)


main()
