#!/bin/sh
# The first process of an engine's own process and mount namespaces: enter.sh FOLDER DOCKERD-ARGS…
# With namespaces of its own, killing this one process ends containerd, every container and every
# mount with it, so that no crash can leave any of them behind.
folder=$1
shift

# Through the /proc of the world outside, a shell reads its process id as that world knows it.
read -r pid rest </proc/self/stat
echo "$pid" >"$folder/main.pid"
busybox mount -t proc proc /proc

# What containerd and dockerd write outside of the folders they are given goes to throw-away
# layers; what the machine has there stays visible (a resolv.conf often lives in /run).
for dir in run opt; do
  mkdir -p "$folder/layers/$dir" "$folder/layers/$dir.work"
  busybox mount -t overlay -o "lowerdir=/$dir,upperdir=$folder/layers/$dir,workdir=$folder/layers/$dir.work" \
    overlay "/$dir" 2>/dev/null
done
# The machine's own containerd must be neither used nor met: shims have their sockets here, too.
mkdir -p /run/containerd /run/docker
busybox mount -t tmpfs tmpfs /run/containerd
busybox mount -t tmpfs tmpfs /run/docker

# Sockets and process ids of a previous life mean nothing in these namespaces.
rm -rf "$folder/run"
mkdir -p "$folder/run"

# dockerd could start containerd itself, but then needs a second to notice that it is there.
containerd --config "$folder/containerd.toml" &
until [ -S "$folder/run/containerd.sock" ] || ! kill -0 $! 2>/dev/null; do sleep 0.02; done
exec docker-init -- dockerd "$@"
