#!/bin/sh
# install.sh - berth from this folder, for machines without its packages: programs, units and manuals to
# /usr/local.
#
#   sudo ./install.sh          installs, or replaces another version under its tasks; starts berthd, and
#                              says what berth doctor has against the machine
#   sudo ./install.sh remove   refused while tasks run; keeps /var/lib/berth
#   sudo ./install.sh purge    refused while tasks run; removes everything berth made, then itself
#
# berthd starts once /etc/ecs/ecs.config is there. berth-lab.service is installed and not enabled.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=/usr/local
list=$prefix/share/berth/files

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

check_machine() {
  [ -d /run/systemd/system ] || fail "process 1 of this machine is not systemd"
  if dpkg-query -W -f '${db:Status-Status}\n' berth-agent berth-lab 2> /dev/null | grep -qx installed; then
    fail "the packages berth-agent or berth-lab are installed: use theirs, or remove them"
  fi
  # Another architecture, or a library that is missing or older.
  said=$("$here/files$prefix/bin/berthd" --version 2>&1) || fail "berthd does not run on this machine: $said"
  command -v containerd > /dev/null || echo "install.sh: there is no containerd yet: berthd waits for it" >&2
  command -v runc > /dev/null || command -v crun > /dev/null ||
    echo "install.sh: there is neither runc nor crun yet: tasks need one" >&2
}

# The machine's own faults with their cures: cgroups and their boot parameters, containerd's version and the
# like. What concerns the cluster, berth join looks at.
tell_findings() {
  $prefix/bin/berthd --doctor | awk '
    /^(OK|WARN|FAIL|\?) / { told = /^(WARN|FAIL)/ && $2 ~ /^(cgroups|containerd|kernel|limits|runtime|shutdown)$/ }
    /^[0-9]+ checks/ { told = 0 }
    told'
}

refuse_under_tasks() {
  # What was begun before and did not end has taken it away.
  [ -x $prefix/libexec/berth/running-tasks ] || return 0
  tasks=$($prefix/libexec/berth/running-tasks)
  [ -z "$tasks" ] || fail "tasks run on this machine: $(echo $tasks). First stop them: berth drain"
}

# One by one: a copy of the folders would give their modes to the machine's. A file that is in use is replaced,
# not written to.
put_files() {
  fresh=$(cd "$here/files" && find . ! -type d | sed 's|^\.||')
  echo "$fresh" | while read -r file; do
    mode=644
    [ ! -x "$here/files$file" ] || mode=755
    install -D -m $mode "$here/files$file" "$file"
  done
  # What an earlier version had and this one has not.
  if [ -e "$list" ]; then echo "$fresh" | grep -vxFf - "$list" | xargs -r rm -f; fi
  mkdir -p "${list%/*}"
  echo "$fresh" > "$list"
  # Yours from then on.
  [ -e /etc/berth/lab.conf ] || install -D -m 644 "$here/lab.conf" /etc/berth/lab.conf
}

# It reads its settings again, and keeps its sessions. It need not run.
tell_logind() {
  systemctl kill -s HUP systemd-logind.service 2> /dev/null || true
}

install_all() {
  check_machine
  put_files
  systemctl daemon-reload
  tell_logind
  systemctl -q enable berthd.socket berthd.service
  # The socket stands while berthd is replaced.
  rc=0
  systemctl start berthd.socket
  systemctl restart berthd.service || rc=$?
  systemctl -q try-restart berth-lab.service || rc=$?
  tell_findings
  return $rc
}

remove_files() {
  systemctl -q stop berth.slice # it stays, with its cgroup, when all that was in it has stopped
  xargs rm -f < "$list"
  rm -rf "${list%/*}" $prefix/libexec/berth
  systemctl daemon-reload
  tell_logind
}

stop_all() {
  for unit in berthd.socket berthd.service berth-tasks.service berth-lab.service; do
    [ ! -e $prefix/lib/systemd/system/$unit ] || systemctl -q disable --now $unit
  done
}

# None comes once berthd is stopped. One that came just before has it started again.
stop_without_tasks() {
  refuse_under_tasks
  systemctl -q stop berthd.socket berthd.service || true
  (refuse_under_tasks) || { systemctl start berthd.socket berthd.service; exit 1; }
  stop_all
}

remove_all() {
  [ -e "$list" ] || fail "$list is not there: nothing was installed by this script"
  stop_without_tasks
  remove_files
}

purge_all() {
  [ -e "$list" ] || fail "$list is not there: nothing was installed by this script"
  stop_without_tasks
  if [ -x $prefix/bin/berthd ]; then
    $prefix/bin/berthd --purge
  elif [ -e /var/lib/berth/berth.db ]; then
    fail "$prefix/bin/berthd is gone, which clears away what tasks left: install again, then purge"
  fi
  rm -rf /var/lib/berth /run/berth /var/lib/berth-lab /var/lib/private/berth-lab
  rm -f /etc/berth/lab.conf
  rmdir --ignore-fail-on-non-empty /etc/berth
  remove_files
}

case ${1-install} in
  install | remove | purge) [ "$(id -u)" = 0 ] || fail "must be root" ;;
  *) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
"${1-install}_all"
