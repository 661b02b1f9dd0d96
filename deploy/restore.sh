#!/bin/sh
# Puts a copy of the ledger in the ledger's place, while the daemon is stopped: deploy/restore.sh FILE LEDGER
# What is there now is kept beside it as LEDGER.before-restore; in PostgreSQL, make a copy of that first: all that the user has
# in the ledger's schema goes, with what a later release made there, or the next upgrade would find it in its way.
set -eu
[ $# = 2 ] || { echo "usage: $0 FILE LEDGER" >&2; exit 2; }
file=$1 ledger=$2
[ -f "$file" ] || { echo "there is no copy $file" >&2; exit 2; }
umask 077
case $ledger in
postgresql*)
  {
    cat <<'SQL'
SET LOCAL client_min_messages = warning;
DO $$
DECLARE one text;
BEGIN
  IF to_regclass('alembic_version') IS NULL AND EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema()) THEN
    RAISE 'this database holds tables of another application; name that of the ledger';
  END IF;
  FOR one IN
    WITH mine AS (SELECT current_schema()::regnamespace AS place, current_user::regrole AS owner)
    SELECT format('TABLE IF EXISTS %s', oid::regclass) FROM pg_class, mine
      WHERE relnamespace = place AND relowner = owner AND relkind IN ('r', 'p')
    UNION ALL SELECT format('ROUTINE IF EXISTS %s', pg_proc.oid::regprocedure) FROM pg_proc, mine
      WHERE pronamespace = place AND proowner = owner
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    UNION ALL SELECT format('TYPE IF EXISTS %s', pg_type.oid::regtype) FROM mine, pg_type LEFT JOIN pg_class ON pg_class.oid = typrelid
      WHERE typnamespace = place AND typowner = owner AND typelem = 0 AND coalesce(relkind, 'c') = 'c'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e')
  LOOP
    EXECUTE format('DROP %s CASCADE', one);
  END LOOP;
END $$;
SQL
    pg_restore --no-owner --file=- "$file" || echo "DO 'BEGIN RAISE ''nothing was done: the copy cannot be read''; END';"
  } | psql --quiet --no-psqlrc --single-transaction --set=ON_ERROR_STOP=1 --output=/dev/null "postgresql://${ledger#*://}"
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
