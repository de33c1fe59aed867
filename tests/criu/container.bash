# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# For tests with containers; source it after criu.bash and hook.bash. Everything that the engines store is in the test's
# directory, and /etc is not changed.
container=
containers=()

# The static program that runs in it.
contained=packet-exchange

make_root_file_system() {
	local compiler
	# It may have options and a wrapper: "ccache gcc -m64".
	read -ra compiler <<<"$PIPEIMG_CC"
	mkdir -p rootfs/{bin,proc,sys,dev,tmp,etc}
	"${compiler[@]}" -O1 -D_GNU_SOURCE -static -o "rootfs/bin/$contained" \
		"$PIPEIMG_SOURCE/tests/programs/$contained.c" ||
		skip "no static C library to build a container's program"
}

# In a container, root lacks the capability to exceed fs.pipe-user-pages-soft, and all of root's pipes count: once
# they reach it, new pipes have two slots. The tests work with two; if one fails, its output mentions this.
note_small_pipes() {
	local capacity
	capacity=$(setpriv --bounding-set=-all --inh-caps=-all "$python" -c 'import fcntl, os
print(fcntl.fcntl(os.pipe()[0], 1032))') || return 0
	[[ $capacity -ge 65536 ]] || printf '%s\n' "root's pipes reach fs.pipe-user-pages-soft ($(</proc/sys/fs/pipe-user-pages-soft) \
pages): a new pipe in a container has $capacity bytes. Close pipes, or raise it with sysctl."
}

# runc finds criu in PATH, and does not pass on the environment that the hook needs in the build directory. Neither runc
# nor podman is configured: criu finds the plugin in a directory of the environment instead of /usr/lib/criu.
install_criu() {
	mkdir bin plugins
	cat >bin/criu <<-END_OF_CRIU
		#!/bin/sh
		export CRIU_FAULT=$CRIU_FAULT CRIU_LIBS_DIR=$PWD/plugins
		exec ${criu[*]} "\$@"
	END_OF_CRIU
	ln -s "$program" pipeimg-criu-hook
	cat >hook <<-END_OF_HOOK
		#!/bin/sh
		export LD_LIBRARY_PATH='${LD_LIBRARY_PATH-}'
		exec '$PWD/pipeimg-criu-hook'
	END_OF_HOOK
	chmod +x bin/criu hook
	compile_plugin "$PWD/hook" "$PWD/no-criu-plugin" plugins
	add_neighbours plugins
	PATH=$PWD/bin:$PATH
}

# conmon starts "podman container cleanup" when a container ends; it writes below the test's directory, and nobody
# waits for it. Both have that directory in their arguments.
podman_has_ended() {
	! pgrep -f -- "$PWD/store" >/dev/null
}

end_podman() {
	podman rm --force --time 0 "$container" >/dev/null 2>&1 || true
	wait_until podman_has_ended
}

end_containers() {
	[[ -z $container || ! -e store ]] || end_podman
	for container in "${containers[@]}"; do
		runc_in_bundle delete --force "$container" || true
	done
	containers=()
	container=
}

# ---- podman --------------------------------------------------------------------------------------

podman() {
	timeout --foreground 600 podman --root "$PWD/store" --runroot "$PWD/run" --tmpdir "$PWD/tmp" \
		--storage-driver=vfs --runtime runc --cgroup-manager cgroupfs "$@" 3>&-
}

# podman_run OPTION...: starts a container with the program and these options as its first process. It gets the name
# that the variable container has, if any.
podman_run() {
	tar -C rootfs -cf image.tar .
	podman import -q image.tar exchange
	container=${container:-exchange-$$}
	podman run --detach --name "$container" --network none --ulimit nofile=1024:1024 \
		--ulimit nproc=1000:1000 exchange \
		"/bin/$contained" "$@"
}

podman_has_answered() {
	[[ $(podman logs "$container" | wc -l) -gt $1 ]]
}

# Prints "READ BAD".
ask_podman() {
	local lines
	lines=$(podman logs "$container" | wc -l)
	podman kill --signal USR1 "$container" >/dev/null
	wait_until podman_has_answered "$lines"
	podman logs "$container" | tail -n 1
}

# ---- runc ----------------------------------------------------------------------------------------

# A command that starts runc.
runc_prefix=()

runc_in_bundle() {
	timeout --foreground 600 "${runc_prefix[@]}" runc --root "$PWD/runc-state" "$@" 3>&-
}

# configure_machine FILE LINE: makes the line CRIU's configuration, in a file of /etc/criu that only runc_in_bundle sees
configure_machine() {
	cp -a /etc etc
	rm -rf -- etc/criu
	mkdir -p etc/criu
	printf '%s\n' "$2" >"etc/criu/$1"
	# shellcheck disable=SC2016 # the inner shell expands it
	runc_prefix=(unshare --mount sh -c 'mount --bind "$0" /etc && exec "$@"' "$PWD/etc")
}

# A jq filter that runc_run applies to the container's configuration.
container_options=.
readonly user_namespace='.linux.namespaces += [{"type": "user"}] |
	.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
	.linux.gidMappings = .linux.uidMappings'

# In a user namespace CRIU opens images, and runc the root file system, as the user who is root there.
open_to_other_users() {
	chown -R 100000:100000 rootfs
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
}

# make_bundle OPTION...: for a container of packet-exchange, which writes to a file that is unchanged when it is
# restored
make_bundle() {
	mkdir bundle
	mv rootfs bundle
	container=exchange-$$-${#containers[@]}
	containers+=("$container")
	(cd bundle && runc spec)
	jq '.process.terminal = false | .root.readonly = false |
		.process.args = ["/bin/packet-exchange", "--output", "/answers"] + ($options | split(" ")) |
		'"$container_options" \
		--arg options "$*" bundle/config.json >config.json
	mv config.json bundle
}

runc_run() {
	make_bundle "$@"
	runc_in_bundle run --detach --bundle bundle "$container" </dev/null >/dev/null 2>&1
	wait_until test -s bundle/rootfs/answers
}

# runc_create OPTION...: the container waits to be started: its first process has a FIFO open with O_PATH, and opens
# it at the start
runc_create() {
	make_bundle "$@"
	runc_in_bundle create --bundle bundle "$container" </dev/null >/dev/null 2>&1
}

# runc_restore DIRECTORY
runc_restore() {
	runc_in_bundle restore --detach --bundle bundle --image-path "$1" "$container" \
		</dev/null >/dev/null 2>&1 || fail "$(tail -n 20 "$1/restore.log")"
}

runc_has_answered() {
	[[ $(wc -l <bundle/rootfs/answers) -gt $1 ]]
}

ask_runc() {
	local lines
	lines=$(wc -l <bundle/rootfs/answers)
	runc_in_bundle kill "$container" USR1
	wait_until runc_has_answered "$lines"
	tail -n 1 bundle/rootfs/answers
}

container_pid() {
	runc_in_bundle state "$container" | jq .pid
}
