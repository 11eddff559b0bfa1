#!/bin/sh
# Within an image under construction, as a2c.def and the Dockerfile call it: install.sh cpu|cuda
# Installs what /opt/a2c/requirements.lock names into /opt/venv; `cuda` takes PyTorch from PyPI, with the CUDA runtime.
set -eu
export PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
pip() { /opt/venv/bin/pip --quiet "$@"; }
cd /opt/a2c

python3 -m venv /opt/venv
if [ "$1" = cpu ]; then # first, as it satisfies the lock; nothing else is taken from PyTorch's index
    pip install --no-deps --extra-index-url https://download.pytorch.org/whl/cpu "$(grep '^torch==' requirements.lock)+cpu"
fi
pip install --requirement requirements.lock

# Nobody's here: tests, and headers for C++ programs that use PyTorch.
find /opt/venv -type d \( -name tests -o -path '*/torch/test' -o -path '*/torch/include' \) -prune -exec rm -rf {} +
# Compiled here, as the image is read-only later. Some packages hold files for other Pythons, which fail.
/opt/venv/bin/python -m compileall -qq -j 0 --invalidation-mode unchecked-hash /opt/venv || true
find /var/lib/apt/lists /var/cache /usr/share/doc /usr/share/man /usr/share/locale -mindepth 1 -delete
