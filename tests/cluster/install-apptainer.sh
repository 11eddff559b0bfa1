#!/usr/bin/env bash
# Apptainer on Debian 12, for the tests of the container. As root; a second time does no harm. Elsewhere take the package
# of your distribution or of https://apptainer.org.
#
# Debian 12 has no Apptainer. Debian's development version has, built for a newer C library, of which it uses no more than
# strtol and strtoul under new names. Its package is made anew with their old names.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
HELPERS="squashfuse fuse-overlayfs fuse2fs fakeroot debootstrap tzdata libcap2-bin"

download() { # the development version's package; the machine's own lists of packages stay as they are
    local mirror
    mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list* | sort | head -1 | tr -d ' ')
    mkdir -p lists/partial archives/partial
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:?none in /etc/apt} sid main" >sid.list
    local sid=(-o "Dir::Etc::SourceList=$PWD/sid.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$PWD/lists"
        -o "Dir::Cache=$PWD" -o APT::Sandbox::User=root -o Acquire::Languages=none)
    apt-get -qq "${sid[@]}" update
    apt-get -qq "${sid[@]}" download apptainer
}

old_names() { # in place: each name gets a shorter one and filling, the version that is needed one that every system has
    python3 - "$@" <<'PYTHON'
import re
import struct
import sys
from pathlib import Path


def elf_hash(name):
    value = 0
    for byte in name:
        value = (value << 4) + byte
        value = (value ^ (value & 0xF0000000) >> 24) & 0x0FFFFFFF
    return value


def needed(version):  # a record of a needed version: hash, flags, index, where its name stands
    return re.compile(re.escape(struct.pack("<IH", elf_hash(version), 0)) + b"(..)(....)", re.DOTALL)


for path in map(Path, sys.argv[1:]):
    held = path.read_bytes()
    for name in (b"strtol", b"strtoul"):  # the filling ends in the name, as linkers let names share their ends
        held = held.replace(b"\0__isoc23_" + name + b"\0", b"\0" + (name + b"\0").ljust(9, b"_") + name + b"\0")
    old = needed(b"GLIBC_2.2.5").search(held)
    start = struct.pack("<IH", elf_hash(b"GLIBC_2.2.5"), 0)
    path.write_bytes(needed(b"GLIBC_2.38").sub(lambda new: start + new[1] + old[2], held))
PYTHON
}

install() {
    local scratch
    scratch=$(mktemp -d)
    trap "rm -rf $scratch" EXIT
    cd "$scratch"
    download
    dpkg-deb -R apptainer_*.deb tree
    old_names tree/usr/bin/apptainer tree/usr/lib/x86_64-linux-gnu/apptainer/{bin/starter,lib/offsetpreload.so}
    sed -i -E 's/libc6 \(>= [^)]*\)/libc6/; s/^(Version: .*)/\1~bookworm/; /^Recommends/d' tree/DEBIAN/control
    rm tree/DEBIAN/md5sums
    dpkg-deb --root-owner-group -Znone -b tree apptainer-bookworm.deb >/dev/null
    apt-get -qq update
    # shellcheck disable=SC2086
    apt-get -qq install -y --no-install-recommends ./apptainer-bookworm.deb $HELPERS >/dev/null
}

apptainer --version >/dev/null 2>&1 || install

# Users mount images through FUSE, which minimal systems keep to root. Apptainer binds the time zone's file.
[ ! -c /dev/fuse ] || chmod 0666 /dev/fuse
[ -e /etc/localtime ] || ln -s /usr/share/zoneinfo/Etc/UTC /etc/localtime

# Root in a virtual machine or container may lack a capability, and Apptainer asks for all: it is told to take those that
# root has, and builds run with --fakeroot, in a namespace that has them all.
held=$(awk '/^CapPrm/ {print $2}' /proc/self/status)
every=$(printf '%016x' $(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1)))
if [ "$held" != "$every" ] && ! grep -qE "^(root|0):" /etc/subuid; then
    apptainer capability add --user root "$(capsh --decode="$held" | sed 's/.*=//' | tr a-z A-Z)" 2>/dev/null
    apptainer config global --set "root default capabilities" file
    apptainer config fakeroot --add root
fi
apptainer --version
