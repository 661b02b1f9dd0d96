#!/bin/sh
# What goes with a release, into the folder that holds what was built: deploy/release.sh FOLDER
set -eu
[ $# = 1 ] && [ -d "$1" ] || { echo "usage: $0 FOLDER, which holds what was built" >&2; exit 2; }
folder=${1%/} root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
bin=${BIN:-$root/.venv/bin}

"$bin/cyclonedx-py" requirements "$root/requirements.txt" --of JSON --output-reproducible -o "$folder/sbom.json"
echo "the bill of materials: $folder/sbom.json"

# --strict: what a database does not know was not looked up, which is not the same as nothing being known of it
audited() { "$bin/pip-audit" --strict --require-hashes --disable-pip --vulnerability-service "$1" -r "$root/requirements.txt"; }
if audited pypi >"$folder/audit.txt" 2>&1 || audited osv >>"$folder/audit.txt" 2>&1; then
  echo "no known vulnerabilities: $folder/audit.txt"
elif grep -q "Found [0-9]* known vulnerabilit" "$folder/audit.txt"; then
  cat "$folder/audit.txt" >&2
  exit 1
else
  echo "NOT AUDITED: no database of vulnerabilities could be asked of every package; $folder/audit.txt says why" >&2
fi

(cd "$folder" && rm -f SHA256SUMS && find . -type f | LC_ALL=C sort | xargs sha256sum) >"$folder.sums"
mv "$folder.sums" "$folder/SHA256SUMS"
echo "sums: $folder/SHA256SUMS"
