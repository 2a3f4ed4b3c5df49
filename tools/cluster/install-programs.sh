#!/usr/bin/env bash
# Installs the programs that test:cluster runs, on Debian 12 or later, as root. The machine's own sources of packages stay as they are.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

packages="haproxy patroni etcd-server pgbouncer pgbackrest postgresql prometheus openssl python3-etcd python3-idna python3-psycopg2"
options=()
apt-get update -qq

# Patroni and etcd of Debian 12 are too old (docs/operations.md says why). Those of Debian 13 run there too.
if grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  mkdir -p "$folder/lists/partial"
  cp -r /etc/apt/sources.list.d "$folder/sources.d"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Release: bookworm' | head -1)
  cat /etc/apt/sources.list >"$folder/sources" 2> /dev/null || true
  echo "deb $mirror trixie main" >>"$folder/sources"
  cat >"$folder/preferences" << END
Package: *
Pin: release n=trixie
Pin-Priority: -1

Package: patroni etcd-server python3-ydiff python3-cdiff
Pin: release n=trixie
Pin-Priority: 990
END
  options=(
    -o Dir::Etc::SourceList="$folder/sources" -o Dir::Etc::SourceParts="$folder/sources.d"
    -o Dir::Etc::Preferences="$folder/preferences" -o Dir::Etc::PreferencesParts=/dev/null
    -o Dir::State::Lists="$folder/lists"
  )
  apt-get "${options[@]}" update -qq
fi

apt-get "${options[@]}" install -y -qq --no-install-recommends $packages
