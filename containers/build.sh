#!/usr/bin/env bash
# Build an Apptainer image (default: containers/a2c.sif): containers/build.sh [IMAGE.sif] [NAME=VALUE ...]
# NAME=VALUE are build arguments of a2c.def, such as torch=cuda, bootstrap=debootstrap, or bootstrap=localimage from=base.sif.
# package=FOLDER adds a package of yours, such as one of environments, to an image that is there (from=containers/a2c.sif):
#   containers/build.sh containers/walks.sif package=examples/walks
# The build cannot see pip's settings on this machine (index, certificates, a folder of wheels), so they are copied into it.
set -euo pipefail
cd "$(dirname "$0")/.."

image=containers/a2c.sif
if [[ ${1-} == *.sif ]]; then
    image=$1
    shift
fi

pip_files=$(mktemp -d) # mounted at /mnt during the build; every base has that folder
new=${image%.sif}.new.sif
trap 'rm -rf "$pip_files" "$new"' EXIT

setting() { # a setting of pip; the environment takes precedence over pip's files
    local variable=PIP_${1^^}
    variable=${variable//-/_}
    echo "${!variable-$(python3 -m pip config get "global.$1" 2>/dev/null || true)}"
}

pip_settings() { # print pip's settings for the build; copy the files that they name
    echo "[global]"
    local name value
    for name in index-url extra-index-url; do
        value=$(setting $name | tr ' ' '\n' | grep -v '^file:' | tr '\n' ' ' || true)
        [ -z "$value" ] || echo "$name = $value"
    done
    value=$(setting cert)
    if [ -n "$value" ]; then
        cp "$value" "$pip_files/certificates.pem"
        echo "cert = /mnt/certificates.pem"
    fi
    value=$(setting find-links)
    if [ -d "$value" ]; then
        cp -r "$value" "$pip_files/wheels"
        echo "find-links = /mnt/wheels"
    fi
}
pip_settings >"$pip_files/pip.conf"

definition=containers/a2c.def
options=(--build-arg pip_config=/mnt/pip.conf)
for argument in "$@"; do
    if [[ $argument == package=* ]]; then
        definition=containers/package.def
        mkdir -p "$pip_files/packages"
        cp -r "${argument#package=}" "$pip_files/packages/"
    else
        options+=(--build-arg "$argument")
    fi
done
# Root may lack capabilities, for example in a container. If it has subordinate ids, it builds in a user namespace too.
if [ "$(id -u)" = 0 ] && grep -qsE '^(root|0):' /etc/subuid; then
    options+=(--fakeroot)
fi
# Every kernel reads gzip. On SciPy's files, level 3 took a fifth of the time of the highest level, for 8 % more bytes.
apptainer build --force --warn-unused-build-args --mksquashfs-args "-comp gzip -Xcompression-level 3" \
    --bind "$pip_files:/mnt" "${options[@]}" "$new" "$definition"
mv "$new" "$image"
