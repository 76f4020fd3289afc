#!/bin/sh
# registry.sh - a real image registry (Debian's docker-registry) for demos and tests.
#
#   tools/lib/registry.sh fetch               unpacks it into build/deps unless it is there; prints it
#   tools/lib/registry.sh start DIR ADDR:PORT data, configuration, log and pid in DIR; returns when it
#                                             answers
#   tools/lib/registry.sh stop DIR            ends it; nothing running is a success
#
# REGISTRY_* variables pass through, as docker-registry reads them (REGISTRY_HTTP_TLS_CERTIFICATE ...).
set -eu

deps=$(cd "$(dirname "$0")/../.." && pwd)/build/deps

program() {
  command -v docker-registry || { [ -x "$deps/usr/bin/docker-registry" ] &&
    echo "$deps/usr/bin/docker-registry"; }
}

# Installed the usual way it would start a service.
fetch() {
  program && return
  scratch=$(mktemp -d)
  (cd "$scratch" && apt-get -qq -o APT::Sandbox::User=root download docker-registry) >&2
  mkdir -p "$deps"
  dpkg -x "$scratch"/docker-registry_*.deb "$scratch/x"
  mkdir -p "$deps/usr/bin"
  mv "$scratch/x/usr/bin/docker-registry" "$deps/usr/bin/docker-registry.$$"
  mv "$deps/usr/bin/docker-registry.$$" "$deps/usr/bin/docker-registry"
  rm -r "$scratch"
  program
}

is_ours() {
  [ -e "/proc/$1/exe" ] && case $(readlink "/proc/$1/exe") in */docker-registry*) ;; *) false ;; esac
}

# Any HTTP answer will do; with TLS a connection has to.
answers() {
  /usr/bin/python3 - "$1" <<'END' 2>/dev/null
import socket, sys
address, port = sys.argv[1].rsplit(":", 1)
socket.create_connection((address.strip("[]"), int(port)), timeout=1).close()
END
}

start() {
  dir=$1 listen=$2
  binary=$(program) || { echo "registry.sh: no docker-registry; first: $0 fetch" >&2; exit 1; }
  mkdir -p "$dir/data"
  cat > "$dir/config.yml" <<END
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $dir/data}, delete: {enabled: true}}
http: {addr: "$listen"}
END
  "$binary" serve "$dir/config.yml" > "$dir/log" 2>&1 < /dev/null &
  pid=$!
  echo "$pid" > "$dir/pid"
  until answers "$listen"; do
    kill -0 "$pid" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
    sleep 0.05
  done
}

stop() {
  [ -s "$1/pid" ] || return 0
  pid=$(cat "$1/pid")
  if is_ours "$pid"; then
    kill "$pid"
    while is_ours "$pid"; do sleep 0.05; done
  fi
  rm -f "$1/pid"
}

case ${1-} in
  fetch) fetch ;;
  start) start "$2" "$3" ;;
  stop) stop "$2" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
