#!/usr/bin/env bash
# Installs the foreign servers and tools that the rings `peers`, `act` and `zuul` run against. May be repeated: what is
# there already is left alone. Needs Debian (or a sibling), and root or sudo for the Debian packages; Go and Python 3.11.
#
#   TAGFLOW_TOOLS   where the tools go that Debian does not have (default ~/.cache/tagflow)
#     bin/{act,actionlint,crane,oras,regctl,registry,regsync}, bin/{postgres,initdb,pg_ctl} as links
#     dlrn/bin/{python,dlrnapi}    lint/bin/{zizmor,check-jsonschema}
#     zuul/bin/zuul-{scheduler,executor,web}    zuul-ansible/bin/ansible-playbook
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=${TAGFLOW_TOOLS:-$HOME/.cache/tagflow}
mkdir -p "$tools/bin"

say() { printf 'install-peers: %s\n' "$*" >&2; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# the newest one's programs; empty where there is none
postgres_folder() {
  local server
  server=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -n 1) || true
  [ -z "$server" ] || dirname "$server"
}

debian_packages() {
  # command → the package that brings it; looked up by command, so that a machine set up by other means is fine too
  local -A wanted=(
    [docker-registry]=docker-registry [skopeo]=skopeo [sshd]=openssh-server [ssh-keygen]=openssh-client
    [nginx]=nginx-light [htpasswd]=apache2-utils [git]=git [curl]=curl [openssl]=openssl
    [krb5kdc]=krb5-kdc [kadmin.local]=krb5-admin-server [kinit]=krb5-user [apache2]=apache2-bin
    [faketime]=faketime [setpriv]=util-linux
    [dnf]=dnf [rpmbuild]=rpm [createrepo_c]=createrepo-c [qemu-img]=qemu-utils [buildah]=buildah
    # of the ring `zuul`
    [java]=default-jre-headless [bwrap]=bubblewrap [ssh-agent]=openssh-client [ps]=procps
    # needed by `npm run bench -- images` alone
    [rsync]=rsync [rclone]=rclone [wget]=wget [unshare]=util-linux [ip]=iproute2
  )
  local missing=() command
  for command in "${!wanted[@]}"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$command" > /dev/null || missing+=("${wanted[$command]}")
  done
  python3 -c 'import ensurepip, venv' 2> /dev/null || missing+=(python3-venv)
  # GNU's, which measures; the shell has a word of the same name
  [ -x /usr/bin/time ] || missing+=(time)
  # a module, and no command
  [ -e /usr/lib/apache2/modules/mod_auth_gssapi.so ] || missing+=(libapache2-mod-auth-gssapi)
  # dnf's repoclosure and download are modules, too
  [ -e /usr/lib/python3/dist-packages/dnf-plugins/repoclosure.py ] || missing+=(dnf-plugins-core)
  # libraries for Java, and no command
  [ -e /usr/share/java/zookeeper.jar ] || missing+=(zookeeper)
  [ -e /usr/share/java/netty-handler.jar ] || missing+=(libnetty-java)
  # Debian keeps the server of each version out of PATH
  [ -n "$(postgres_folder)" ] || missing+=(postgresql)
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get > /dev/null || { say "no apt-get here; install by hand: ${missing[*]}"; return 1; }
  if [ "$(id -u)" != 0 ] && ! command -v sudo > /dev/null; then
    say "as root: apt-get update && apt-get install ${missing[*]}"
    return 1
  fi
  say "apt: ${missing[*]}"

  # The packages start their services on install, on the default ports; a policy that says no (101) keeps them down.
  local policy=/usr/sbin/policy-rc.d ours=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null
    as_root chmod 755 "$policy"
    ours=yes
  fi
  local status=0
  { as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >&2 ||
    status=$?
  [ -z "$ours" ] || as_root rm -f "$policy"
  return "$status"
}

# go_tool NAME MODULE PACKAGE VERSION: the binary says itself which version it was built from
go_tool() {
  local name=$1 module=$2 package=$3 version=$4
  if [ -x "$tools/bin/$name" ] &&
    go version -m "$tools/bin/$name" 2> /dev/null | grep -qE "^[[:space:]]+mod[[:space:]]+$module[[:space:]]+$version([[:space:]]|$)"; then
    return 0
  fi
  say "go: $name $version"
  GOBIN="$tools/bin" go install "$package@$version"
}

# python_venv NAME KEY PIP-ARGUMENTS...: a finished one under the same key is kept, an unfinished one is made anew
python_venv() {
  local name=$1 key=$2
  shift 2
  local folder="$tools/$name-$key"
  if [ ! -e "$folder/.complete" ]; then
    say "pip: $name"
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" install -q --disable-pip-version-check "$@" >&2
    touch "$folder/.complete"
  fi
  ln -sfn "$name-$key" "$tools/$name"
}

# checksum FILE: a part of a key, so that other versions are installed anew
checksum() { cksum < "$1" | cut -d' ' -f1; }

debian_packages
for command in postgres initdb pg_ctl; do
  PATH="$PATH:$tools/bin" command -v "$command" > /dev/null || ln -sfn "$(postgres_folder)/$command" "$tools/bin/$command"
done

constraints="$here/test/peers/dlrn-constraints.txt"
python_version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
python_venv dlrn "$python_version-$(checksum "$constraints")" \
  -c "$constraints" setuptools dlrn dlrnapi-client
python_venv lint "$python_version-zizmor-1.32.0-cjs-0.38.2" zizmor==1.32.0 check-jsonschema==0.38.2
constraints="$here/test/zuul/zuul-constraints.txt"
python_venv zuul "$python_version-$(checksum "$constraints")" -c "$constraints" zuul
# Zuul's own zuul-manage-ansible builds two versions, each with the libraries of six clouds. Jobs get version 11 unless
# they ask for another, and these are all that Zuul's plugins import.
constraints="$here/test/zuul/ansible-constraints.txt"
python_venv zuul-ansible "$python_version-$(checksum "$constraints")" \
  -c "$constraints" ansible google-re2 jmespath netaddr voluptuous

go_tool act github.com/nektos/act github.com/nektos/act v0.2.89
go_tool actionlint github.com/rhysd/actionlint github.com/rhysd/actionlint/cmd/actionlint v1.7.12
go_tool crane github.com/google/go-containerregistry github.com/google/go-containerregistry/cmd/crane v0.22.1
go_tool regctl github.com/regclient/regclient github.com/regclient/regclient/cmd/regctl v0.11.7
go_tool registry github.com/distribution/distribution/v3 github.com/distribution/distribution/v3/cmd/registry v3.1.2
go_tool oras oras.land/oras oras.land/oras/cmd/oras v1.3.6
# needed by `npm run bench -- containers` alone
go_tool regsync github.com/regclient/regclient github.com/regclient/regclient/cmd/regsync v0.11.7

say "ready in $tools"
