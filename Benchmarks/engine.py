#!/usr/bin/env python3
"""How fast engines start small steps: flow, Snakemake, make, xargs, in turn and in one run.

    swift build -c release
    python3 -m venv /tmp/rivals && /tmp/rivals/bin/pip install snakemake
    Benchmarks/engine.py --snakemake /tmp/rivals/bin/snakemake

Each step is one bash that writes one small file, two at once: what differs is the engine. xargs is the floor: it
starts bash and does nothing else. Reported are steps a second (the best of the repetitions, each in new directories;
between them a pause, since ext4 is slow for seconds after much was removed), peak memory of the engine's process, and
for flow and Snakemake the time of a second run that has nothing to do. `--plugin` times steps of a plugin (a library
in C that writes a file) against its bare worker, `flow step run`, under xargs. `--memory 1000 10000 20000` measures
instead how much memory flow takes a step: the peak of each of its commands over runs of so many steps, and by how much
it grows from the first to the last; once for tasks of one step, once for as many steps as there are tasks.
"""
import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--flow", default=f"{ROOT}/.build/release/flow")
parser.add_argument("--snakemake", help="its command; left out where not given")
parser.add_argument("--most-for-snakemake", type=int, default=1000, help="its cost grows with the square")
parser.add_argument("--steps", type=int, nargs="+", default=[200, 1000, 10000])
parser.add_argument("--chain", type=int, nargs="*", default=[1000])
parser.add_argument("--repeat", type=int, default=3)
parser.add_argument("--pause", type=float, default=6)
parser.add_argument("--plugin", type=int, default=0, metavar="STEPS")
parser.add_argument("--memory", type=int, nargs="*", default=[], metavar="STEPS")
options = parser.parse_args()
CORES = 2

WIDE = """flow: 1
name: wide
steps:
  one:
    foreach: {{i: [{numbers}]}}
    with: {{i: $each.i}}
    shell: echo $i > "$out"
    outputs: {{out: out.txt}}
"""


def flow_wide(place, count):
    with open(f"{place}/w.yaml", "w") as file:
        file.write(WIDE.format(numbers=", ".join(map(str, range(count)))))
    return [options.flow, "run", "w.yaml", "--cpus", str(CORES)]


def flow_apart(place, count):
    with open(f"{place}/w.yaml", "w") as file:
        file.write("flow: 1\nname: apart\nsteps:\n")
        for i in range(count):
            file.write(f"  s{i}: {{shell: 'echo {i} > \"$out\"', outputs: {{out: out.txt}}}}\n")
    return [options.flow, "run", "w.yaml", "--cpus", str(CORES)]


def flow_chain(place, count):
    with open(f"{place}/w.yaml", "w") as file:
        file.write("flow: 1\nname: chain\nsteps:\n")
        for i in range(count):
            before = f"    inputs: {{before: $steps.s{i - 1}.out}}\n" if i else ""
            file.write(f"  s{i}:\n{before}    shell: echo {i} > \"$out\"\n    outputs: {{out: out.txt}}\n")
    return [options.flow, "run", "w.yaml", "--cpus", str(CORES)]


def snakemake_wide(place, count):
    with open(f"{place}/Snakefile", "w") as file:
        file.write(f"rule all:\n  input: expand('out/{{i}}.txt', i=range({count}))\n"
                   "rule one:\n  output: 'out/{i}.txt'\n  shell: 'echo {wildcards.i} > {output}'\n")
    return [options.snakemake, "-c", str(CORES), "-q", "all"]


def snakemake_chain(place, count):
    with open(f"{place}/Snakefile", "w") as file:
        file.write(f"rule all:\n  input: 'out/{count - 1}.txt'\nrule first:\n  output: 'out/0.txt'\n"
                   "  shell: 'echo 0 > {output}'\n"
                   "rule one:\n  input: lambda w: f'out/{int(w.i) - 1}.txt'\n  output: 'out/{i}.txt'\n"
                   "  wildcard_constraints: i='[1-9][0-9]*'\n  shell: 'echo {wildcards.i} > {output}'\n")
    return [options.snakemake, "-c", str(CORES), "-q", "all"]


def make_wide(place, count):
    with open(f"{place}/Makefile", "w") as file:
        file.write("SHELL = /bin/bash\nall: " + " ".join(f"out/{i}.txt" for i in range(count)) +
                   "\nout/%.txt:\n\t@echo $* > $@\n")
    os.mkdir(f"{place}/out")
    return ["make", f"-j{CORES}", "-s"]


def make_chain(place, count):
    with open(f"{place}/Makefile", "w") as file:
        file.write(f"SHELL = /bin/bash\nall: out/{count - 1}.txt\nout/0.txt:\n\t@echo 0 > $@\n")
        for i in range(1, count):
            file.write(f"out/{i}.txt: out/{i - 1}.txt\n\t@echo {i} > $@\n")
    os.mkdir(f"{place}/out")
    return ["make", f"-j{CORES}", "-s"]


def xargs_wide(place, count, at_once=CORES):
    os.mkdir(f"{place}/out")
    return ["bash", "-c",
            f"seq {count} | xargs -P{at_once} -n1 bash --noprofile --norc -c 'echo $0 > out/$0.txt'"]


def xargs_chain(place, count):
    return xargs_wide(place, count, at_once=1)


def timed(command, place):
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command} failed:\n{errors.decode()[-2000:]}")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def measure(what, engines, count):
    """Engines in turn, so that whatever else the machine does is shared."""
    best = {name: (float("inf"), 0, float("inf")) for name in engines}
    for _ in range(options.repeat):
        for name, make in engines.items():
            place = tempfile.mkdtemp(prefix="engine-")
            time.sleep(options.pause)
            command = make(place, count)
            seconds, memory = timed(command, place)
            again = timed(command, place)[0] if name in ("flow", "Snakemake") else float("inf")
            best[name] = (min(best[name][0], seconds), max(best[name][1], memory), min(best[name][2], again))
            shutil.rmtree(place)
    print(f"\n{count:,} {what}")
    print(f"  {'':10}{'steps/s':>9}{'s':>9}{'nothing to do':>15}{'MB':>7}")
    for name, (seconds, memory, again) in best.items():
        print(f"  {name:10}{count / seconds:9.0f}{seconds:9.2f}{again:13.2f} s{memory:7.0f}".replace("inf s", "    -"))
    flow = best["flow"][0]
    for name, (seconds, _, _) in best.items():
        if name != "flow":
            ratio = seconds / flow
            print(f"  flow is {ratio:.1f} times as fast as {name}" if ratio >= 1
                  else f"  flow takes {1 / ratio:.2f} times as long as {name}")
    sys.stdout.flush()


def memory_of_flow(what, make, counts):
    """The peak of each command, in KB: of its own process, not of those that it started."""
    peaks = {}
    for count in counts:
        place = tempfile.mkdtemp(prefix="engine-")
        run = make(place, count)
        for name, command in [("flow run", run), ("the same again", run),
                              ("flow report", [options.flow, "report"]),
                              ("flow log latest", [options.flow, "log", "latest"])]:
            peaks.setdefault(name, []).append(timed(command, place)[1] * 1024)
        shutil.rmtree(place)
    print(f"\nPeak memory in MB, {what}")
    print(f"  {'':16}" + "".join(f"{count:>9,}" for count in counts) + f"{'KB a step':>12}")
    for name, peak in peaks.items():
        growth = (peak[-1] - peak[0]) / max(1, counts[-1] - counts[0])
        print(f"  {name:16}" + "".join(f"{kilobytes / 1024:9.1f}" for kilobytes in peak) + f"{growth:12.2f}")
    sys.stdout.flush()


def plugin_steps(count):
    """Steps of a plugin in C under flow, and the same steps by their bare worker."""
    place = tempfile.mkdtemp(prefix="engine-plugin-")
    with open(f"{place}/tiny.c", "w") as file:
        file.write(TINY)
    with open(f"{place}/tiny.yaml", "w") as file:
        file.write(MANIFEST)
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", f"-I{ROOT}/Sources/CFlowPlugin/include", "-o",
                    f"{place}/libtiny.so", f"{place}/tiny.c"], check=True)
    os.environ["FLOW_PLUGIN_PATH"] = place

    def flow(directory, count):
        with open(f"{directory}/w.yaml", "w") as file:
            file.write("flow: 1\nname: plugin\nsteps:\n  one:\n    use: tiny/write\n"
                       f"    foreach: {{i: [{', '.join(map(str, range(count)))}]}}\n    with: {{i: $each.i}}\n")
        return [options.flow, "run", "w.yaml", "--cpus", str(CORES)]

    def worker(directory, count):
        return ["bash", "-c", f"seq {count} | xargs -P{CORES} -I@ {options.flow} step run tiny/write --param i=@ "
                "--output-dir out/@"]

    measure("steps of a plugin", {"flow": flow, "flow step run": worker}, count)
    shutil.rmtree(place)


TINY = r"""#include <flow/plugin.h>
#include <stdio.h>
static flow_status write_file(const flow_operation *self, const flow_host *host, flow_step *step) {
  FILE *file = fopen(host->output(step, "text"), "w");
  if (!file) return host->fail(step, FLOW_FAILED, "cannot write");
  fprintf(file, "%s\n", host->parameter(step, "i"));
  return fclose(file) == 0 ? FLOW_OK : host->fail(step, FLOW_FAILED, "cannot write");
}
static const flow_operation operation = {.size = sizeof operation, .name = "write", .run = write_file};
static const flow_operation *const operations[] = {&operation, NULL};
static const flow_plugin plugin = {
    .size = sizeof plugin, .abi = FLOW_ABI, .name = "tiny", .version = "1.0.0", .operations = operations};
FLOW_PLUGIN(tiny) { return &plugin; }
"""
MANIFEST = """flow-plugin: 1
id: tiny
version: 1.0.0
abi: 1
library: libtiny.so
summary: Writes small files.
operations:
  write:
    summary: Write a number.
    outputs:
      text: {type: file, path: text.txt, help: The number.}
    parameters:
      i: {type: integer, default: 0, help: The number.}
"""

if __name__ == "__main__":
    if options.memory:
        memory_of_flow("tasks of one step", flow_wide, options.memory)
        # A workflow's file may have 1 MiB.
        memory_of_flow("as many steps", flow_apart, [count for count in options.memory if count <= 10000])
        sys.exit()
    wide = {"flow": flow_wide, "xargs": xargs_wide, "make": make_wide}
    chain = {"flow": flow_chain, "xargs": xargs_chain, "make": make_chain}
    for count in options.steps:
        more = {"Snakemake": snakemake_wide} if options.snakemake and count <= options.most_for_snakemake else {}
        measure("independent steps", wide | more, count)
    for count in options.chain:
        measure("steps in a chain", chain, count)
    if options.plugin:
        plugin_steps(options.plugin)
