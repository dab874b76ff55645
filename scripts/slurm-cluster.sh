#!/bin/bash
# A real Slurm of one node on this machine, for tests: loopback only, no systemd, a directory and ports of its
# own, so that it meets no other Slurm. Needs root and Debian's slurm-wlm (which brings munge).
#
#   scripts/slurm-cluster.sh start DIR [PID]   starts it in DIR and prints how to reach it; it ends with process PID
#   scripts/slurm-cluster.sh env DIR           prints that again
#   scripts/slurm-cluster.sh controller-stop DIR | controller-start DIR
#   scripts/slurm-cluster.sh stop DIR          ends its processes and removes DIR
#
# The node claims FLOW_SLURM_CPUS cores (default 4), more than there may be, so that jobs run side by side.
set -euo pipefail

fail() { echo "error: $1" >&2; [ $# -lt 2 ] || echo "  fix: $2" >&2; exit 1; }
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }

[ $# -eq 2 ] || [ "$# $1" = "3 start" ] || usage
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
export SLURM_CONF=$dir/slurm.conf

print_environment() { printf 'export SLURM_CONF=%q\n' "$SLURM_CONF"; }

# Ends the process of a pid file that one of our daemons wrote, and waits until it is gone.
end_daemon() {
  local file=$1 pid
  [ -s "$file" ] || return 0
  pid=$(cat "$file")
  # A recycled process id is not ours.
  if grep -qz "$dir" "/proc/$pid/cmdline" 2>/dev/null; then
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 30); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    # A slurmd that never reached its controller does not hear SIGTERM.
    kill -9 "$pid" 2>/dev/null || true
  fi
  rm -f "$file"
}

free_port() {
  # From the range that no system hands out by itself, and that no service claims.
  local port
  for _ in $(seq 200); do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  fail "no free port was found"
}

start_controller() {
  setsid /usr/sbin/slurmctld -f "$SLURM_CONF" "$@" >>"$dir/log/slurmctld.out" 2>&1 </dev/null
}

# Waits until the node is in a state that the pattern matches. sinfo itself would try for minutes while there is no
# controller, so its port is tried first.
wait_for_node() {
  local port state
  port=$(cat "$dir/port")
  for _ in $(seq 200); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      state=$(timeout 2 sinfo -h -o %T 2>/dev/null) || true
      # shellcheck disable=SC2254  # a pattern
      case $state in $1) return 0 ;; esac
    fi
    sleep 0.1
  done
  tail -n 5 "$dir"/log/* >&2 || true
  fail "Slurm did not come up; its logs are above"
}

case $command in
start) ;;
env) print_environment; exit 0 ;;
controller-stop) end_daemon "$dir/slurmctld.pid"; exit 0 ;;
controller-start) start_controller; wait_for_node '?*'; exit 0 ;;
stop)
  for daemon in slurmctld slurmd munged; do end_daemon "$dir/$daemon.pid"; done
  case $dir in / | /root | /home | /tmp) ;; *) rm -rf "$dir" ;; esac
  exit 0
  ;;
*) usage ;;
esac

[ "$(id -u)" = 0 ] || fail "Slurm's daemons need root" "run as root, or in a container"
for program in slurmctld slurmd munged; do
  [ -x /usr/sbin/$program ] || fail "$program is not installed" "apt-get install slurm-wlm"
done
[ ! -e "$SLURM_CONF" ] || fail "$dir already holds a cluster" "scripts/slurm-cluster.sh stop $dir"

chmod 755 "$dir"
mkdir -p "$dir"/{state,spool,log,munge}
# The directory above the sockets must be one that others may enter.
dd if=/dev/urandom of="$dir/munge/key" bs=128 count=1 status=none
chown -R munge:munge "$dir/munge"
chmod 711 "$dir/munge"
chmod 400 "$dir/munge/key"
runuser -u munge -- /usr/sbin/munged --force --num-threads=2 --key-file="$dir/munge/key" \
  --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" --log-file="$dir/munge/log" \
  --seed-file="$dir/munge/seed"
ln -sf "$dir/munge/pid" "$dir/munged.pid"

free_port >"$dir/port"
host=$(hostname -s)
cat >"$SLURM_CONF" <<END
ClusterName=flow
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(cat "$dir/port")
SlurmdPort=$(free_port)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=1
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld
SlurmdLogFile=$dir/log/slurmd
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=100000,batch_sched_delay=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
DefMemPerCPU=100
MaxArraySize=1001
MinJobAge=300
KillWait=2
InactiveLimit=0
SlurmctldTimeout=30
SlurmdTimeout=30
MessageTimeout=3
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
NodeName=$host NodeAddr=127.0.0.1 NodeHostname=$host CPUs=${FLOW_SLURM_CPUS:-8} RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=$host MaxTime=INFINITE State=UP PriorityTier=2
PartitionName=short Nodes=$host MaxTime=1 State=UP PriorityTier=1
END
start_controller -c
setsid /usr/sbin/slurmd -c -f "$SLURM_CONF" >>"$dir/log/slurmd.out" 2>&1 </dev/null
wait_for_node idle
if [ -n "${3:-}" ]; then
  # However the process ends, nothing is left running.
  script=$(realpath "$0")
  setsid sh -c 'while kill -0 "$1" 2>/dev/null; do sleep 1; done; "$2" stop "$3"' sh "$3" "$script" "$dir" \
    >/dev/null 2>&1 </dev/null &
fi
print_environment
