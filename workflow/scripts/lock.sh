#!/usr/bin/env bash
# Resolve pyproject.toml in a fresh environment and write down what came of it, with the hash of every file of a release:
#   requirements.lock         the product, PyTorch in its build on PyPI
#   requirements-cpu.lock     PyTorch's build for Linux without CUDA, from PyTorch's own index
#   requirements-cuda.lock    what PyTorch's build on PyPI needs on Linux beside the product
#   requirements-EXTRA.lock   what an extra of pyproject.toml adds to the product
#   environment.yml           the versions of the product, for conda users
# Run it on Linux: there PyTorch's two builds differ.
set -euo pipefail

INDEX=https://download.pytorch.org/whl/cpu
fresh=$(mktemp -d)
trap 'rm -rf "$fresh" build' EXIT
pip="$fresh/bin/python -m pip --quiet --disable-pip-version-check"
torch=$(grep -oP '"\Ktorch==[^"]+' pyproject.toml)

compile() { # resolve the requirements on standard input; print them with hashes
    "$fresh/bin/uv" pip compile --quiet --no-config --no-header --no-annotate --generate-hashes --python "$fresh/bin/python" "$@" -
}
hashes() { compile --no-deps; } # of these requirements, all with a version, and of no others
write() { # write a lock file: its name, its first lines; the rest on standard input
    { printf '%s\n' "# $2 Made by: make lock" "${@:3}" && cat; } >"$fresh/lock"
    mv "$fresh/lock" "$1"
}
frozen() { # what is installed, without this package and without a build's local version
    $pip freeze --all --exclude a2c-bench --exclude uv --exclude pip | sed -E 's/\+cpu$//' | LC_ALL=C sort
}

"${PYTHON:-python3}" -m venv "$fresh"
$pip install uv
$pip install --no-deps "$torch+cpu" 2>/dev/null || $pip install --no-deps --extra-index-url $INDEX "$torch+cpu"
$pip install .
frozen >"$fresh/product"
hashes <"$fresh/product" | write requirements.lock "The exact versions of everything the product needs."

# The files of a release do not change: the index is asked for a new release only.
if ! grep -q "^$torch+cpu " requirements-cpu.lock; then
    echo "$torch+cpu" | compile --no-deps --index-url $INDEX |
        write requirements-cpu.lock "PyTorch's build for Linux without CUDA, from its index $INDEX."
fi

# === is a version without +cpu: an installed build for the CPU does not satisfy it.
cut -d= -f1 "$fresh/product" | grep -v '^torch$' >"$fresh/known"
compile --constraint "$fresh/product" --python-platform x86_64-manylinux_2_28 \
    $(sed 's/^/--no-emit-package /' "$fresh/known") <<<"$torch" | sed 's/^torch==/torch===/' |
    write requirements-cuda.lock "PyTorch's build for Linux with CUDA, and what it needs beside requirements.lock."

sed '/--extra-index-url/q' environment.yml >"$fresh/environment.yml"
sed 's/^/      - /' "$fresh/product" >>"$fresh/environment.yml"
cp "$fresh/environment.yml" environment.yml

extras='import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"])'
for extra in $("$fresh/bin/python" -c "$extras"); do
    $pip install --constraint "$fresh/product" ".[$extra]"
    frozen | LC_ALL=C comm -13 "$fresh/product" - >"$fresh/added"
    hashes <"$fresh/added" |
        write "requirements-$extra.lock" "What the extra '$extra' adds to requirements.lock." "-r requirements.lock"
    $pip uninstall --yes $(cut -d= -f1 "$fresh/added")
done
