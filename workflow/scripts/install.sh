#!/bin/sh
# Install the locked packages and check each by its hash: workflow/scripts/install.sh PYTHON [cpu|cuda]
# PYTHON is that of a virtual environment. cpu and cuda name a build of PyTorch for Linux. Without one, it is cuda if
# `nvidia-smi` lists a GPU, and else cpu: on Linux, PyPI has only the build with gigabytes of CUDA libraries.
set -eu
python=$1
build=${2:-}
cd "$(dirname "$0")/../.."

install() { "$python" -m pip install --disable-pip-version-check --quiet --require-hashes "$@"; }

cpu_build() { # from an index or a folder that pip is configured with, or else from PyTorch's index
    install --no-deps --requirement requirements-cpu.lock 2>/dev/null ||
        install --no-deps --requirement requirements-cpu.lock --extra-index-url https://download.pytorch.org/whl/cpu
}

if [ -z "$build" ]; then
    build=cpu
    if nvidia-smi -L >/dev/null 2>&1; then build=cuda; fi
fi
case $(uname -s)-$build in
Linux-cpu) # installed first: it satisfies the line of requirements.lock, and nothing else comes from PyTorch's index
    cpu_build
    install --requirement requirements.lock ;;
Linux-cuda) install --requirement requirements.lock --requirement requirements-cuda.lock ;;
*-cpu | *-cuda) install --requirement requirements.lock ;; # there PyPI's build is the only one
*)
    echo "install.sh: $build is not a build of PyTorch; allowed: cpu, cuda" >&2
    exit 2 ;;
esac
