#!/bin/sh
# Install the packages of /opt/a2c/requirements.lock into /opt/venv: install.sh cpu|cuda
# a2c.def and the Dockerfile call this during the build. `cuda` installs PyTorch from PyPI, with the CUDA runtime.
set -eu
export PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
pip() { /opt/venv/bin/pip --quiet "$@"; }
cd /opt/a2c

python3 -m venv /opt/venv
if [ "$1" = cpu ]; then # installed first: it satisfies the lock, and no other package comes from PyTorch's index
    pip install --no-deps --extra-index-url https://download.pytorch.org/whl/cpu "$(grep '^torch==' requirements.lock)+cpu"
fi
pip install --requirement requirements.lock

# Not needed in the image: tests, and headers for C++ programs that use PyTorch.
find /opt/venv -type d \( -name tests -o -path '*/torch/test' -o -path '*/torch/include' \) -prune -exec rm -rf {} +
# Compile now, because the image is read-only later. Some packages have files for other versions of Python, which do not compile.
/opt/venv/bin/python -m compileall -qq -j 0 --invalidation-mode unchecked-hash /opt/venv || true
find /var/lib/apt/lists /var/cache /usr/share/doc /usr/share/man /usr/share/locale -mindepth 1 -delete
