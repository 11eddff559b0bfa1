"""How each command of the README is tried in a fresh clone, and why some are tried otherwise than they are typed."""

from typing import NamedTuple

MADE = "results/mine"  # the seeds of the README's Python block: ten of CartPole-v1
SMOKE = "config/smoke.yaml"
TESTED = "config/tested.yaml"  # the README's study on other seeds, with a test in test.yaml beside it
TINY = "tiny.yaml"  # a tuning and a gradient study, written by the test
LONG = "the same command for the default paper takes hours"


class Trial(NamedTuple):
    """What is typed in place of a command. `why`: what is other than in the README; `needs`: a program or a network."""

    line: str
    why: str = ""
    needs: str = ""


FIRST = {  # what the others need, in this order: the clone, the environment, ten runs, two small papers
    "git clone ADDRESS a2c-bench": Trial("true", "the fixture clones this checkout"),
    "cd a2c-bench": Trial("true", "every line runs in the clone"),
    "make": Trial("make && test -s results/index.html && test -s results/paper.pdf"),
    "make smoke": Trial("make smoke && test -s results/smoke/index.html"),
    ".venv/bin/snakemake --cores all --configfile config/activation.yaml": Trial(
        ".venv/bin/snakemake --cores all --configfile config/activation.yaml && test -s results/activation/index.html"
    ),
}
OTHERS = {
    "make published": Trial("make published && git diff --exit-code --stat -- results/published"),
    "make full": Trial("make --dry-run full && .venv/bin/snakemake --cores all --config full=true -n", LONG),
    "make test": Trial("make --dry-run test", "these are the tests"),
    "make check": Trial("make check", needs="network"),
    "make setup TORCH=cuda": Trial("make --dry-run setup TORCH=cuda", "it downloads gigabytes"),
    "make container": Trial("make container && test -s containers/a2c.sif", needs="apptainer"),
    ".venv/bin/snakemake --cores all --sdm apptainer": Trial(
        f".venv/bin/snakemake --cores all --sdm apptainer --configfile {SMOKE} --forceall", LONG, "apptainer"
    ),
    ".venv/bin/snakemake --workflow-profile profiles/slurm": Trial(
        f".venv/bin/snakemake --workflow-profile profiles/slurm --configfile {SMOKE} -n --forceall",
        "a dry run; tests/cluster/test_slurm.py runs the pipeline on a cluster that it starts",
    ),
    "conda env create -f environment.yml": Trial(
        "conda env create --prefix ./conda-env -f environment.yml", "in the clone, not in the user's folder", "conda"
    ),
    "a2c new my-study": Trial("PATH=$PWD/.venv/bin:$PATH; a2c new my-study && cd my-study && snakemake --cores all"),
    "snakemake -n": Trial(".venv/bin/snakemake --cores all --configfile config/activation.yaml -n"),
    ".venv/bin/snakemake --report report.html": Trial(
        f".venv/bin/snakemake --configfile {SMOKE} --report report.html && test -s report.html", "of the smaller paper"
    ),
    ".venv/bin/a2c COMMAND": Trial(".venv/bin/a2c --help"),
    ".venv/bin/a2c plan config/paper.yaml": Trial(".venv/bin/a2c plan config/paper.yaml"),
    ".venv/bin/a2c plan config/NAME.yaml --pilot RUNS.CSV ...": Trial(
        f".venv/bin/a2c plan {TESTED} --pilot results/activation/studies/activation/runs.csv",
        "the README's study has no test, and a pilot has other seeds",
    ),
    ".venv/bin/a2c plan --effect 50 --pilot results/published/paper/studies/gamma_article/runs.csv": Trial(
        ".venv/bin/a2c plan --effect 50 --pilot results/published/paper/studies/gamma_article/runs.csv"
    ),
    ".venv/bin/a2c new DIR": Trial(".venv/bin/a2c new 'a new folder' && test -s 'a new folder/paper.yaml'"),
    ".venv/bin/a2c register config/NAME.yaml": Trial(
        "git add config/te*.yaml && git -c user.name=t -c user.email=t commit --quiet -m t && "
        f".venv/bin/a2c register {TESTED}",
        "only tests that are committed can be registered",
    ),
    ".venv/bin/a2c train CONFIG --seeds 0-9 --out DIR": Trial(
        "echo '{}' > config.yaml && .venv/bin/a2c train config.yaml --seeds 0-9 --out results/trained && "
        f"cmp results/trained/actions.npz {MADE}/actions.npz"
    ),
    ".venv/bin/a2c doctor DIR": Trial(f".venv/bin/a2c doctor {MADE}"),
    ".venv/bin/a2c play DIR": Trial(
        f".venv/bin/a2c play {MADE} && .venv/bin/a2c play {MADE} --out film.mp4 --seed 3 --mode greedy --episodes 2"
    ),
    ".venv/bin/a2c gradients DIR --check": Trial(".venv/bin/a2c gradients results/tiny/gradients/small --check"),
    ".venv/bin/a2c tune DIR --tuner tpe --repeat 0": Trial(
        ".venv/bin/a2c tune results/tiny/tunings/small --tuner tpe --repeat 0"
    ),
    ".venv/bin/a2c watch DIR...": Trial(
        f".venv/bin/a2c watch {MADE} results/smoke --port 0 2> address & sleep 10; "
        "curl --fail --silent $(grep -o 'http[^ ]*' address) | grep -q '<html'; code=$?; kill $!; exit $code",
        needs="curl",
    ),
    ".venv/bin/a2c tensorboard DIR --out EVENTS": Trial(f".venv/bin/a2c tensorboard {MADE} --out events"),
    ".venv/bin/a2c audit DIR": Trial(f".venv/bin/a2c audit {MADE} && .venv/bin/a2c audit {MADE} --retrain"),
    ".venv/bin/a2c audit results/published": Trial(
        ".venv/bin/a2c audit results/published --steps 1", "all checksums; to replay all actions takes an hour"
    ),
    ".venv/bin/a2c verify results/published/paper": Trial(".venv/bin/a2c verify results/published/paper"),
    ".venv/bin/a2c publish config/NAME.yaml": Trial(f".venv/bin/a2c publish {SMOKE}"),
    ".venv/bin/a2c export results/published/paper --out paper.zip": Trial(
        ".venv/bin/a2c export results/published/paper --out paper.zip"
    ),
    ".venv/bin/a2c bench": Trial("make .venv/tools-installed && .venv/bin/a2c bench", "", "network"),
    ".venv/bin/a2c schema": Trial(".venv/bin/a2c schema"),
}
