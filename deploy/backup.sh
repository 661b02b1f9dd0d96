#!/bin/sh
# Copies the ledger while the daemon runs: deploy/backup.sh LEDGER FILE
# LEDGER is the ledger's file, or its address postgresql://…; FILE must not be there yet, and appears whole or not at all.
set -eu
[ $# = 2 ] || { echo "usage: $0 LEDGER FILE" >&2; exit 2; }
ledger=$1 file=$2
[ ! -e "$file" ] || { echo "$file is there already; name another file" >&2; exit 2; }
umask 077
trap 'rm -f "$file.part"' EXIT
case $ledger in
postgresql*)
  pg_dump --format=custom --no-owner --file="$file.part" "postgresql://${ledger#*://}"
  ;;
*)
  [ -f "$ledger" ] || { echo "there is no ledger $ledger" >&2; exit 2; }
  "${PYTHON:-python3}" - "$ledger" "$file.part" <<'PYTHON'
import sqlite3
import sys
from contextlib import closing

with closing(sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)) as ledger:
    with closing(sqlite3.connect(sys.argv[2])) as copy:
        ledger.backup(copy)
        (found,) = copy.execute("PRAGMA integrity_check").fetchone()
        sys.exit(found != "ok" and f"the copy is damaged: {found}")
PYTHON
  ;;
esac
mv "$file.part" "$file"
