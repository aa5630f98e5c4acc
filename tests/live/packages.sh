#!/bin/sh
# Has the Debian packages that are named installed: as root installs those that are missing, else says which they are.
# No service is started by it: a temporary policy-rc.d forbids that while apt runs.
set -eu
missing=
for package in "$@"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "These Debian packages are needed and not installed:$missing" >&2
	echo "Install them as root: apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
echo "Installing the Debian packages:$missing (none of their services is started)"
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
	made=yes
fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT INT TERM
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086  # the names are words
apt-get install -y -qq --no-install-recommends $missing >/dev/null
