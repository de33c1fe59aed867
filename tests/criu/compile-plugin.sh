#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: compile-plugin.sh HOOK OFF_FILE DIRECTORY
# Compiles the plugin for CRIU into DIRECTORY, with these paths of the hook and of the file that switches it off: the
# plugin of a build has the installed ones. PIPEIMG_CC is the compiler, by default cc.
set -euo pipefail

# It may have options and a wrapper: "ccache gcc -m64".
read -ra compiler <<<"${PIPEIMG_CC:-cc}"
tools=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../tools" && pwd)
mkdir -p -- "$3"
"${compiler[@]}" -O1 -g -Wall -D_GNU_SOURCE -shared -fPIC -Wl,-z,nodelete -I"$tools" \
	-DHOOK="\"$1\"" -DOFF_FILE="\"$2\"" -o "$3/pipeimg_plugin.so" "$tools"/criu/plugin*.c
