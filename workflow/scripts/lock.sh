#!/usr/bin/env bash
# Resolve pyproject.toml in a fresh environment and write down what came of it: requirements.lock for the product,
# requirements-test.lock, -bench.lock and -docs.lock for what the extras add, environment.yml for conda users.
set -euo pipefail

fresh=$(mktemp -d)
trap 'rm -rf "$fresh" build' EXIT
pip="$fresh/bin/python -m pip --quiet --disable-pip-version-check"

frozen() { # what is installed, without this package and without a build's local version
    $pip freeze --exclude a2c-bench | sed -E 's/\+cpu$//' | LC_ALL=C sort
}

"${PYTHON:-python3}" -m venv "$fresh"
$pip install .
frozen >"$fresh/product"
{
    echo "# The exact versions of everything the product needs. Made by: make lock"
    cat "$fresh/product"
} >requirements.lock

sed '/^  - pip:/q' environment.yml >"$fresh/environment.yml"
sed 's/^/      - /' "$fresh/product" >>"$fresh/environment.yml"
cp "$fresh/environment.yml" environment.yml

for extra in test bench docs; do
    $pip install --constraint requirements.lock ".[$extra]"
    frozen | LC_ALL=C comm -13 "$fresh/product" - >"$fresh/added"
    {
        echo "# What the extra '$extra' adds to requirements.lock. Made by: make lock"
        echo "-r requirements.lock"
        cat "$fresh/added"
    } >"requirements-$extra.lock"
    $pip uninstall --yes $(cut -d= -f1 "$fresh/added")
done
