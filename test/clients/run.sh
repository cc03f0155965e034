#!/usr/bin/env bash
# Drives the real client of a Prefect release against a server.
#   run.sh --reference [pytest args]                        against a fresh real server of that release
#   run.sh --url URL --key KEY [--keys K1,K2] [pytest args] against a server under test; URL is the PREFECT_API_URL
#   --release 2.20 (default), 2.10, 2.8, 3.8   --dir DIR: another folder of tests   (README.md has the rest)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
release=2.20; dir=; rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --release) release=$2; shift 2 ;;
    --release=*) release=${1#*=}; shift ;;
    --dir) dir=$2; shift 2 ;;
    --dir=*) dir=${1#*=}; shift ;;
    *) rest+=("$1"); shift ;;
  esac
done
case $release in 3.*) folder=v3 ;; *) folder=v${release//./_} ;; esac
venv=$("$here/environments/clients.sh" "$release")
# a test file among the arguments replaces the default folder
target=("${dir:-$here/$folder}")
for i in ${rest[@]+"${!rest[@]}"}; do
  case ${rest[$i]} in *.py|*.py::*) target=(); [ -e "${rest[$i]%%::*}" ] || rest[$i]="$here/${rest[$i]}" ;; esac
done
export SCENARIOS="$here" PYTHONDONTWRITEBYTECODE=1
# SCENARIO_PATIENCE=3 multiplies every bound, for a busy machine
rest=(--timeout "$(awk "BEGIN{print 400*${SCENARIO_PATIENCE:-1}}")" ${rest[@]+"${rest[@]}"})
exec "$venv/bin/python" -m pytest -c "$here/pytest.ini" --rootdir "$here" --venv "$venv" --release "$release" ${target[@]+"${target[@]}"} ${rest[@]+"${rest[@]}"}
