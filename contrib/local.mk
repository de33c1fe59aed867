# SPDX-License-Identifier: GPL-2.0-or-later
EXTRA_DIST += contrib/checkpointctl-pipes \
	contrib/oss-fuzz/Dockerfile contrib/oss-fuzz/build.sh contrib/oss-fuzz/project.yaml
