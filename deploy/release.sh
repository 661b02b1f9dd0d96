#!/bin/sh
# What goes with a release, into the folder that holds what was built: deploy/release.sh FOLDER
set -eu
[ $# = 1 ] && [ -d "$1" ] || { echo "usage: $0 FOLDER, which holds what was built" >&2; exit 2; }
folder=${1%/} root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
bin=${BIN:-$root/.venv/bin}

"$bin/cyclonedx-py" requirements "$root/requirements.txt" --of JSON --output-reproducible -o "$folder/sbom.json"
echo "the bill of materials: $folder/sbom.json"

if "$bin/pip-audit" --version >/dev/null 2>&1; then
  if "$bin/pip-audit" --require-hashes --disable-pip -r "$root/requirements.txt" >"$folder/audit.txt" 2>&1; then
    echo "no known vulnerabilities: $folder/audit.txt"
  elif grep -q "Found [0-9]* known vulnerabilit" "$folder/audit.txt"; then
    cat "$folder/audit.txt" >&2
    exit 1
  else
    echo "NOT AUDITED: the database of vulnerabilities was not reached; $folder/audit.txt says why" >&2
  fi
else
  echo "NOT AUDITED: pip-audit is not installed (pip install pip-audit)" >&2
fi

(cd "$folder" && rm -f SHA256SUMS && find . -type f | LC_ALL=C sort | xargs sha256sum) >"$folder.sums"
mv "$folder.sums" "$folder/SHA256SUMS"
echo "sums: $folder/SHA256SUMS"
