#!/bin/sh
# Puts a copy of the ledger in the ledger's place, while the daemon is stopped: deploy/restore.sh FILE LEDGER
# What is there now is kept beside it as LEDGER.before-restore; in PostgreSQL, make a copy of that first.
set -eu
[ $# = 2 ] || { echo "usage: $0 FILE LEDGER" >&2; exit 2; }
file=$1 ledger=$2
[ -f "$file" ] || { echo "there is no copy $file" >&2; exit 2; }
umask 077
case $ledger in
postgresql*)
  pg_restore --clean --if-exists --no-owner --single-transaction --exit-on-error \
    --dbname="postgresql://${ledger#*://}" "$file"
  ;;
*)
  if [ -e "$ledger" ]; then
    for part in "" -wal -shm; do
      [ ! -e "$ledger$part" ] || mv "$ledger$part" "$ledger.before-restore$part"
    done
    cp "$file" "$ledger.part"
    # whoever the ledger belonged to
    chown --reference="$ledger.before-restore" "$ledger.part"
  else
    cp "$file" "$ledger.part"
  fi
  mv "$ledger.part" "$ledger"
  ;;
esac
