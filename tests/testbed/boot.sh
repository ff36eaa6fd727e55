#!/bin/sh
# Starts a test host: boot.sh NAME ROOT FOLDER INIT BUSYBOX
#   ROOT    the host's root file system, which stays as it is; / for the machine's own
#   FOLDER  the session's folder for this host: cgroups (the host's cgroups, one a line: its folder
#           and the options that mount its tree, none for version 2), etc/ (settings), share/ and
#           layers/ (an empty mount point)
#   INIT    the host's first process, in ROOT: it reaps, and everything ends with it
#   BUSYBOX a static busybox, in ROOT
# Prints "ready" once the host is up. The host dies with the process that called this.
set -eu
name=$1 root=$2 folder=$3 init=$4 busybox=$5 stage=${6:-outside}

if [ "$stage" = outside ]; then
    # A cgroup namespace shows the cgroups entered before it as the roots of their trees.
    while read -r cgroup options; do
        echo 0 > "$cgroup/cgroup.procs"
    done < "$folder/cgroups"
    exec unshare --mount --net --pid --ipc --uts --cgroup --propagation private \
        --fork --kill-child sh "$0" "$name" "$root" "$folder" "$init" "$busybox" inside
fi

# All that is written goes to memory, which spares tests the disk; of the machine's own root, only
# /etc is written to.
layers=$folder/layers new=$folder/layers/root
mount -t tmpfs tmpfs "$layers"
mkdir "$layers/upper" "$layers/work" "$layers/containers" "$new"
mkdir -m 1777 "$layers/tmp"
over="upperdir=$layers/upper,workdir=$layers/work"
if [ "$root" = / ]; then
    mount --rbind / "$new"
    mount -t overlay -o "lowerdir=/etc,$over" overlay "$new/etc"
else
    mount -t overlay -o "lowerdir=$root,$over" overlay "$new"
fi
cp -r --remove-destination "$folder/etc/." "$new/etc"

mount -t proc proc "$new/proc"
mount -t tmpfs -o mode=755 tmpfs "$new/run"
mount -t tmpfs -o mode=1777 tmpfs "$new/tmp"
mount -t tmpfs -o mode=755 tmpfs "$new/mnt"
mkdir -p "$new/mnt/share" "$new/var/lib/containers"
mount --bind "$folder/share" "$new/mnt/share"
mount --bind "$layers/containers" "$new/var/lib/containers"
mount --bind "$layers/tmp" "$new/var/tmp"

# Device nodes of its own, open to the host's ordinary users.
mount -t tmpfs -o mode=755 tmpfs "$new/dev"
mkdir "$new/dev/pts" "$new/dev/shm" "$new/dev/mqueue" "$new/dev/net"
while read -r node major minor; do
    mknod -m 666 "$new/dev/$node" c "$major" "$minor"
done <<'NODES'
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
fuse 10 229
net/tun 10 200
NODES
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$new/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$new/dev/shm"
mount -t mqueue mqueue "$new/dev/mqueue"
ln -s pts/ptmx "$new/dev/ptmx"
ln -s /proc/self/fd "$new/dev/fd"
ln -s fd/0 "$new/dev/stdin"
ln -s fd/1 "$new/dev/stdout"
ln -s fd/2 "$new/dev/stderr"

# The cgroup trees, and /run/enter, by which a command from outside enters their roots.
mount -t sysfs sysfs "$new/sys"
trees=$new/sys/fs/cgroup
printf '#!/bin/sh\n' > "$new/run/enter"
if [ "$(cut -d ' ' -f 2- "$folder/cgroups" | tr -d '\n ')" = "" ]; then
    mount -t cgroup2 cgroup2 "$trees"
    # Version 2 wants no process beside cgroups that are limited.
    mkdir "$trees/init"
    echo 0 > "$trees/init/cgroup.procs"
    for controller in $(cat "$trees/cgroup.controllers"); do
        echo "+$controller" > "$trees/cgroup.subtree_control"
    done
    echo 'echo 0 > /sys/fs/cgroup/init/cgroup.procs' >> "$new/run/enter"
else
    mount -t tmpfs -o mode=755 tmpfs "$trees"
    while read -r _ options; do
        tree=${options#name=}
        tree=${tree:-unified}
        mkdir "$trees/$tree"
        if [ "$options" = "" ]; then
            mount -t cgroup2 cgroup2 "$trees/$tree"
        else
            mount -t cgroup -o "$options" cgroup "$trees/$tree"
        fi
        # A tree of several controllers is known by each of their names.
        for controller in $(echo "$tree" | tr , ' '); do
            [ -e "$trees/$controller" ] || ln -s "$tree" "$trees/$controller"
        done
        echo "echo 0 > /sys/fs/cgroup/$tree/cgroup.procs" >> "$new/run/enter"
    done < "$folder/cgroups"
fi
echo 'exec "$@"' >> "$new/run/enter"

# Not chroot: CRIU refuses a process whose root is not that of its mount namespace. Busybox's own
# command, since not every util-linux comes with it.
mkdir "$new/run/old"
cd "$new"
"$new$busybox" pivot_root . run/old
cd /
umount -l /run/old
rmdir /run/old
hostname "$name"
ip link set lo up
echo ready
exec "$init" -P
