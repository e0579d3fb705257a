#!/usr/bin/env bash
# Installs Debian's Chromium, which the browser tests open pages with, unless there is a browser already.
set -euo pipefail
for browser in "${RUNCHART_CHROMIUM:-}" chromium chromium-browser google-chrome; do
  if [ -n "$browser" ] && command -v "$browser" >/dev/null; then
    echo "install-chromium: $(command -v "$browser") is here, nothing to do"
    exit 0
  fi
done
echo "install-chromium: no browser is here; apt-get installs the package chromium"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium >/dev/null
