#!/usr/bin/env bash
# Build the image, containers/a2c.sif or the one named: containers/build.sh [IMAGE.sif] [NAME=VALUE ...]
# NAME=VALUE are build arguments of a2c.def: torch=cuda; bootstrap=debootstrap; bootstrap=localimage from=base.sif.
# What pip is told on this machine (index, certificates, folders with wheels) holds in the build, which would not see it.
set -euo pipefail
cd "$(dirname "$0")/.."

image=containers/a2c.sif
if [[ ${1-} == *.sif ]]; then
    image=$1
    shift
fi

seen=$(mktemp -d) # what the build sees as /mnt, which every base has
new=${image%.sif}.new.sif
trap 'rm -rf "$seen" "$new"' EXIT

setting() { # of pip: the environment's before its files'
    local variable=PIP_${1^^}
    variable=${variable//-/_}
    echo "${!variable-$(python3 -m pip config get "global.$1" 2>/dev/null || true)}"
}

pip_settings() { # as a file for the build; copies what it names
    echo "[global]"
    local name value
    for name in index-url extra-index-url; do
        value=$(setting $name | tr ' ' '\n' | grep -v '^file:' | tr '\n' ' ' || true)
        [ -z "$value" ] || echo "$name = $value"
    done
    value=$(setting cert)
    if [ -n "$value" ]; then
        cp "$value" "$seen/certificates.pem"
        echo "cert = /mnt/certificates.pem"
    fi
    value=$(setting find-links)
    if [ -d "$value" ]; then
        cp -r "$value" "$seen/wheels"
        echo "find-links = /mnt/wheels"
    fi
}
pip_settings >"$seen/pip.conf"

options=()
for argument in pip_config=/mnt/pip.conf "$@"; do
    options+=(--build-arg "$argument")
done
# Root builds in a user namespace too where it was given the ids for it: it may lack capabilities of its own.
if [ "$(id -u)" = 0 ] && grep -qsE '^(root|0):' /etc/subuid; then
    options+=(--fakeroot)
fi
# gzip, as every kernel reads it; on SciPy's files level 3 took a fifth of the highest's time, for 8 % more bytes.
apptainer build --force --warn-unused-build-args --mksquashfs-args "-comp gzip -Xcompression-level 3" \
    --bind "$seen:/mnt" "${options[@]}" "$new" containers/a2c.def
mv "$new" "$image"
