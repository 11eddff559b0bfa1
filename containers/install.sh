#!/bin/sh
# Make /opt/venv from the locks in /opt/a2c: install.sh cpu|cuda. The argument is the build of PyTorch.
# a2c.def and the Dockerfile call this during the build.
set -eu
export PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore

python3 -m venv /opt/venv
sh /opt/a2c/workflow/scripts/install.sh /opt/venv/bin/python "$1"

# Not needed in the image: tests, and headers for C++ programs that use PyTorch.
find /opt/venv -type d \( -name tests -o -path '*/torch/test' -o -path '*/torch/include' \) -prune -exec rm -rf {} +
# Compile now, because the image is read-only later. Some packages have files for other versions of Python, which do not compile.
/opt/venv/bin/python -m compileall -qq -j 0 --invalidation-mode unchecked-hash /opt/venv || true
find /var/lib/apt/lists /var/cache /usr/share/doc /usr/share/man /usr/share/locale -mindepth 1 -delete
