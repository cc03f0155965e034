#!/usr/bin/env bash
# Makes (once) the virtual environment of a pinned, unmodified Prefect release and prints its folder.
#   clients.sh 2.20        -> /…/slipway-clients/prefect-2.20   (2.8, 2.10, 2.20, 3.8)
#   clients.sh NAME PINS   -> /…/slipway-clients/NAME           an environment of what the file PINS lists
# The environment holds the client, the real server, pytest, httpx, s3fs and boto3. Needs Python 3.11 with pip.
# CLIENTS_DIR moves the folder (default: ~/.cache/slipway-clients). Safe to call twice and, where there is flock, from two processes.
set -euo pipefail
release=${1:?which release? 2.8, 2.10, 2.20 or 3.8}
here=$(cd "$(dirname "$0")" && pwd)
pins=${2:-$here/prefect-$release.txt}
[ -f "$pins" ] || { echo "no pins for $release" >&2; exit 2; }
root=${CLIENTS_DIR:-$HOME/.cache/slipway-clients}
mkdir -p "$root"
exec 9>"$root/.lock-$release"
if command -v flock >/dev/null; then flock 9; fi
if [ $# -lt 2 ]; then folder="$root/prefect-$release"; else folder="$root/$release"; fi
stamp="$folder/.made-from"
# A registry may be out of breath for a moment.
patiently() { "$@" || { sleep 5; "$@"; } || { sleep 20; "$@"; }; }
if ! cmp -s "$pins" "$stamp"; then
  python=$(command -v python3.11 || command -v python3)
  rm -rf "$folder"
  "$python" -m venv "$folder" >&2
  patiently "$folder/bin/python" -m pip install -q --disable-pip-version-check uv >&2
  patiently "$folder/bin/uv" pip install -q --python "$folder/bin/python" -r "$pins" >&2
  cp "$pins" "$stamp"
fi
echo "$folder"
