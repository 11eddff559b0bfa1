#!/usr/bin/env bash
# A real SLURM on one machine, for tests: a controller, two nodes of two pretended cores, two pretended GPUs each.
# Everything it makes is in $SLURM_TEST_ROOT (/var/tmp/a2c-slurm), but for links to its configuration in /etc/slurm: jobs
# are not told where another one lies. Where the machine has a SLURM of its own, nothing is done.
# Needs root and Debian's packages slurm-wlm and munge, which it installs if they are missing.
#
#   slurm.sh start          comes back when both nodes are idle
#   slurm.sh crash n1       as if a node lost its power: its daemon and all of its jobs' processes die at once
#   slurm.sh revive n1      start it again
#   slurm.sh stop           end everything and remove it
set -euo pipefail
root=${SLURM_TEST_ROOT:-/var/tmp/a2c-slurm}
nodes=(n1 n2)

lives() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }
until_true() {
    for _ in $(seq 150); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.2; done
    echo "slurm.sh: not within 30 seconds: $*" >&2
    exit 1
}
all_idle() { [ "$(sinfo --noheader --Node --states=idle --format=%N | wc -l)" = "${#nodes[@]}" ]; }
is_ours() { [ "$(readlink /etc/slurm/slurm.conf)" = "$root/slurm.conf" ]; }
answers() { munge --socket="$root/munge.socket" --no-input | unmunge --socket="$root/munge.socket"; }

install_packages() {
    dpkg --status slurm-wlm munge >/dev/null 2>&1 && return
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends slurm-wlm munge >/dev/null
}

# A pretended GPU is a device without a driver (its number is free for local use): SLURM counts it and hands it out.
# Memory is held to by looking every few seconds at what all processes of a job have.
# A time limit ends a job with SIGTERM, and KillWait seconds later with SIGKILL, as everywhere.
write_configuration() {
    cat >"$root/slurm.conf" <<CONF
ClusterName=a2c
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=16817
AuthInfo=socket=$root/munge.socket
SlurmUser=root
StateSaveLocation=$root/state
SlurmdSpoolDir=$root/spool.%n
SlurmctldPidFile=$root/slurmctld.pid
SlurmdPidFile=$root/%n.pid
SlurmctldLogFile=$root/slurmctld.log
SlurmdLogFile=$root/%n.log
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=5
JobAcctGatherParams=UsePss,OverMemoryKill
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=2,batch_sched_delay=0
SlurmdTimeout=10
KillWait=10
ReturnToService=2
GresTypes=gpu,shard
NodeName=n[1-2] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=[16821-16822] CPUs=2 RealMemory=8000 Gres=gpu:2,shard:8
PartitionName=all Nodes=n[1-2] Default=YES MaxTime=60 DefMemPerCPU=500 State=UP
CONF
    for gpu in 0 1; do [ -e "$root/gpu$gpu" ] || mknod "$root/gpu$gpu" c 240 "$gpu"; done
    cat >"$root/gres.conf" <<CONF
NodeName=n[1-2] Name=gpu File=$root/gpu[0-1]
NodeName=n[1-2] Name=shard Count=8
CONF
}

start() {
    install_packages
    if [ -e /etc/slurm/slurm.conf ] && ! is_ours; then
        echo "slurm.sh: /etc/slurm/slurm.conf: this machine has a SLURM of its own" >&2
        exit 1
    fi
    install -d -m 755 "$root" "$root/state" "${nodes[@]/#/$root/spool.}"
    lives "$root/slurmctld.pid" || write_configuration
    ln -sf "$root/slurm.conf" "$root/gres.conf" /etc/slurm/
    [ -s "$root/munge.key" ] || mungekey --create --keyfile="$root/munge.key"
    lives "$root/munged.pid" || munged --socket="$root/munge.socket" --key-file="$root/munge.key" \
        --pid-file="$root/munged.pid" --log-file="$root/munged.log" --seed-file="$root/munge.seed"
    until_true answers
    lives "$root/slurmctld.pid" || slurmctld
    until_true scontrol ping
    for node in "${nodes[@]}"; do revive "$node"; done
    until_true all_idle
}

revive() { lives "$root/$1.pid" || slurmd -N "$1"; }

# The daemon first, or it would report the deaths of the others.
crash() {
    kill -9 "$(cat "$root/$1.pid")"
    rm "$root/$1.pid"
    for job in $(squeue --noheader --nodelist="$1" --states=running --format=%A); do
        for step in $(pgrep --full "^slurmstepd: \\[$job\\."); do kill -9 $(below "$step") "$step"; done
    done
}
below() { for child in $(pgrep --parent "$1"); do below "$child" && echo "$child"; done; }

stop() {
    is_ours || return 0
    if lives "$root/slurmctld.pid"; then timeout 10 scancel --user=root || true; fi
    for daemon in "${nodes[@]}" slurmctld munged; do
        lives "$root/$daemon.pid" || continue
        kill "$(cat "$root/$daemon.pid")"
        until_true dead "$root/$daemon.pid"
    done
    rm -r /etc/slurm/slurm.conf /etc/slurm/gres.conf "$root"
}
dead() { ! lives "$1"; }

case "${1:-}" in
start | stop) "$1" ;;
crash | revive) "$1" "${2:?which node?}" ;;
*) echo "usage: slurm.sh start | stop | crash NODE | revive NODE" >&2; exit 2 ;;
esac
