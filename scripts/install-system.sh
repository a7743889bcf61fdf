#!/usr/bin/env bash
# Installs what the tests run besides Node.js, from Debian, where it is missing: bash scripts/install-system.sh
set -euo pipefail

packages=()
needs() { # package program…
  local package=$1 program
  shift
  for program in "$@"; do
    if ! command -v "$program" >/dev/null; then
      packages+=("$package")
      return
    fi
  done
}
PATH=$PATH:/usr/sbin:/sbin
needs git git
needs openssl openssl
needs postgresql /usr/lib/postgresql/*/bin/postgres
needs procps ps
needs prometheus prometheus promtool
needs redis-server redis-server
needs util-linux unshare prlimit setpriv
needs victoria-metrics victoria-metrics
if [ ${#packages[@]} -eq 0 ]; then exit; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi

# Installing a server shall not start it: the tests start their own, on free ports.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
  "${as_root[@]}" chmod 755 $policy
  trap '"${as_root[@]}" rm -f $policy' EXIT
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}"
