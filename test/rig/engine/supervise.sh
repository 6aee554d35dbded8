#!/bin/sh
# Keeps one program running for as long as somebody wants it, and then removes every trace of it.
#
#   supervise.sh run FOLDER COMMAND…    runs COMMAND until FOLDER/owners is empty, then cleans
#   supervise.sh clean FOLDER           cleans up after a supervisor that was itself killed
#
# FOLDER/owners holds a file per owner, named PROCESS-ID.SOMETHING and holding that process's start
# time (ids are used again), or the file "forever". It is a shell script because it sits beside every
# engine all the time: a shell takes 1 MB where Node takes 50.
verb=$1
folder=$2
shift 2
child=

# True while an owner lives. A dead owner's file is removed; when none is left, removing the
# (then empty) folder decides, atomically, that whoever comes now comes too late.
owned() {
  for file in "$folder"/owners/*; do
    pid=${file##*/}
    pid=${pid%%.*}
    [ "$pid" = forever ] && return 0
    [ -e "$file" ] || continue
    born=
    read -r born <"$file"
    if { read -r stat <"/proc/$pid/stat"; } 2>/dev/null; then
      # After the last ")": 1 is the state, 20 the start time. The name before it may hold blanks.
      set -- ${stat##*) }
      [ "$1" != Z ] && [ "${20}" = "$born" ] && return 0
    fi
    rm -f "$file"
  done
  ! rmdir "$folder/owners" 2>/dev/null && [ -d "$folder/owners" ]
}

# Kills a process if it is provably ours: ids are used again. In the middle of an exec a process
# has no command line for a moment.
kill_ours() {
  for try in 1 2 3; do
    command=$(tr '\0' ' ' <"/proc/$1/cmdline") 2>/dev/null
    [ -n "$command" ] && break
    sleep 0.02
  done
  case $command in *"$folder"*) kill -KILL "$1" 2>/dev/null ;; esac
}

kill_named() {
  pid=
  [ -s "$1" ] && read -r pid <"$1" && kill_ours "$pid"
}

clean() {
  [ -n "$child" ] && kill_ours "$child"
  kill_named "$folder/main.pid"
  [ "$verb" = clean ] && kill_named "$folder/supervisor.pid"
  if [ -s "$folder/bridge" ]; then
    read -r bridge busybox <"$folder/bridge"
    "$busybox" ip link del "$bridge" 2>/dev/null
    # The engine's cgroups are named like its bridge. They empty when the last process is reaped.
    for try in 1 2 3 4 5 6 7 8 9 10; do
      left=$(find /sys/fs/cgroup -maxdepth 3 -type d -name "$bridge" 2>/dev/null)
      [ -z "$left" ] && break
      find $left -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
    done
  fi
  # An engine's mounts live in a mount namespace of its own, so none can be in the way.
  rm -rf --one-file-system "$folder" || { sleep 0.5; rm -rf --one-file-system "$folder"; }
}

if [ "$verb" = run ]; then
  # TERM only cuts the nap short: what counts is who owns. A nap begins before the look, so that none is slept through.
  nap=
  trap '[ -z "$nap" ] || kill "$nap" 2>/dev/null' TERM
  trap '' INT HUP
  echo $$ >"$folder/supervisor.pid"
  "$@" >>"$folder/log" 2>&1 &
  child=$!
  # An owner that dies without a word is missed at the end of a nap; nobody waits for that.
  sleep 5 &
  nap=$!
  while owned; do
    wait "$nap"
    sleep 5 &
    nap=$!
  done
  kill "$nap" 2>/dev/null
fi
clean
