#!/usr/bin/env bash
# Puts a nats-server of 2.15 or later where the tests look for one, unless there is one already: the program out of
# the package of Debian unstable, unpacked into a folder of its own. What apt has and knows stays as it is.
set -euo pipefail
cache="${XDG_CACHE_HOME:-$HOME/.cache}/runchart"
target="$cache/nats-server"

is_new_enough() {
  local version
  version=$("$1" --version 2>/dev/null | sed -n 's/.*v\([0-9]*\.[0-9]*\).*/\1/p') || return 1
  [ -n "$version" ] && [ "$(printf '2.15\n%s\n' "$version" | sort -V | head -n 1)" = 2.15 ]
}

for server in "${RUNCHART_NATS_SERVER:-}" nats-server "$target"; do
  if [ -n "$server" ] && command -v "$server" >/dev/null && is_new_enough "$server"; then
    echo "install-nats: $(command -v "$server") is here, nothing to do"
    exit 0
  fi
done

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || { echo "install-nats: $keyring is not here, so no package can be checked" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial,sources.list.d,package}
echo "deb [signed-by=$keyring] http://deb.debian.org/debian sid main" >"$work/sources.list"
options=(
  -o "Dir::Etc::sourcelist=$work/sources.list"
  -o "Dir::Etc::sourceparts=$work/sources.list.d"
  -o "Dir::State::lists=$work/lists"
  -o "Dir::Cache=$work/cache"
  -o "APT::Sandbox::User=root"
)
echo "install-nats: taking nats-server from Debian unstable"
apt-get "${options[@]}" update -qq
(cd "$work" && apt-get "${options[@]}" download -qq nats-server)
dpkg -x "$work"/nats-server_*.deb "$work/package"
found=$(find "$work/package" -type f -name nats-server -perm -u+x | head -n 1)
if [ -z "$found" ] || ! is_new_enough "$found"; then
  echo "install-nats: the package has no nats-server of 2.15 or later" >&2
  exit 1
fi
mkdir -p "$cache"
# Renamed into place: whoever looks at the same time finds the whole program or none.
cp "$found" "$target.new.$$"
mv "$target.new.$$" "$target"
echo "install-nats: $("$target" --version) is at $target"
