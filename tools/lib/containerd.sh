#!/bin/sh
# containerd.sh - a private containerd for demos and tests, where the system runs none or must not be
# touched.
#
#   tools/lib/containerd.sh fetch      unpacks it into build/deps unless there is one; prints its path
#   tools/lib/containerd.sh of SUITE   unpacks that of another Debian suite; prints the folder of its programs,
#                                      which is for the front of PATH
#   tools/lib/containerd.sh package    has its package in build/deps/packages, unless it is installed
#   tools/lib/containerd.sh start DIR  all it keeps is in DIR; returns when DIR/containerd.sock answers
#   tools/lib/containerd.sh stop DIR   ends it, but not the containers it started; nothing running is a
#                                      success
set -eu

deps=$(cd "$(dirname "$0")/../.." && pwd)/build/deps

program() {
  command -v containerd || { [ -x "$deps/usr/bin/containerd" ] && echo "$deps/usr/bin/containerd"; }
}

is_installed() {
  for name in containerd containerd.io; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' $name 2> /dev/null)" = installed ] && return
  done
  return 1
}

has_package() {
  [ -n "$(find "$deps/packages" -name 'containerd_*.deb' 2> /dev/null)" ]
}

package() {
  is_installed || has_package && return
  mkdir -p "$deps/packages"
  (cd "$deps/packages" && apt-get -qq -o APT::Sandbox::User=root download containerd) >&2
}

# Installed the usual way it would start a service.
fetch() {
  program && return
  package
  scratch=$(mktemp -d)
  dpkg -x "$deps"/packages/containerd_*.deb "$scratch/x"
  mkdir -p "$deps/usr/bin"
  for name in ctr containerd-shim-runc-v2 containerd; do
    mv "$scratch/x/usr/bin/$name" "$deps/usr/bin/$name.$$"
    mv "$deps/usr/bin/$name.$$" "$deps/usr/bin/$name"
  done
  rm -r "$scratch"
  program
}

# From where the machine has its own packages; its lists of them stay as they are.
download_of() { # suite, folder
  mkdir -p "$2/lists/partial"
  origin=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | head -n 1)
  printf '%s\n' 'Types: deb' "URIs: $origin" "Suites: $1" 'Components: main' \
    'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' > "$2/suite.sources"
  for words in update 'download containerd'; do
    # shellcheck disable=SC2086  # words
    (cd "$2" && apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::sourcelist="$2/suite.sources" \
      -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$2/lists" $words) >&2
  done
}

of() { # suite
  dir=$deps/containerd-$1
  if [ ! -e "$dir" ]; then
    scratch=$(mktemp -d)
    download_of "$1" "$scratch"
    dpkg -x "$scratch"/containerd_*.deb "$scratch/x"
    mkdir -p "$deps"
    mv "$scratch/x/usr/bin" "$dir"
    rm -r "$scratch"
  fi
  echo "$dir"
}

is_ours() {
  [ -e "/proc/$1/exe" ] && case $(readlink "/proc/$1/exe") in */containerd*) ;; *) false ;; esac
}

# No CRI, and no folder outside of DIR (the plugin "opt" makes /opt/containerd).
config() {
  cat <<END
version = 2
root = "$1/root"
state = "$1/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt",
  "io.containerd.internal.v1.tracing", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "$1/containerd.sock"
[ttrpc]
  address = "$1/containerd.sock.ttrpc"
END
}

start() {
  binary=$(program) || { echo "containerd.sh: no containerd; first: $0 fetch" >&2; exit 1; }
  mkdir -p "$1"
  dir=$(cd "$1" && pwd)
  config "$dir" > "$dir/config.toml"
  # The shim is looked for beside containerd only after PATH.
  PATH=$(dirname "$binary"):$PATH "$binary" --config "$dir/config.toml" \
    > "$dir/log" 2>&1 < /dev/null &
  pid=$!
  echo "$pid" > "$dir/pid"
  until "$(dirname "$binary")/ctr" -a "$dir/containerd.sock" --connect-timeout 1s version \
    > /dev/null 2>&1; do
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
  of) of "${2:?a suite of Debian}" ;;
  package) package ;;
  start) start "$2" ;;
  stop) stop "$2" ;;
  *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
