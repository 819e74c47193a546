/**
 * What the postgres image's entrypoint promises, for the server that this machine has: a data folder that is empty is
 * initialised from POSTGRES_USER, POSTGRES_PASSWORD (or the file POSTGRES_PASSWORD_FILE names), POSTGRES_DB,
 * POSTGRES_INITDB_ARGS and POSTGRES_HOST_AUTH_METHOD; scripts of /docker-entrypoint-initdb.d are run once; the server
 * listens on the pod's address, under an account that is not root.
 */
export const POSTGRES_ENTRYPOINT = `#!/bin/sh
set -eu
fail() { echo "postgres: $1" >&2; exit 1; }

for folder in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin 2>/dev/null | sort -V -r); do
  if [ -x "$folder/initdb" ]; then PATH=$folder:$PATH; break; fi
done
command -v initdb >/dev/null || fail 'this machine has no PostgreSQL server: install it (package postgresql), or add an image named postgres that has one'

case "\${1:-}" in
  -*) set -- postgres "$@" ;;
  postgres | '') [ $# -gt 0 ] || set -- postgres ;;
  *) exec "$@" ;;
esac

: "\${PGDATA:=/var/lib/postgresql/data}"
: "\${POSTGRES_USER:=postgres}"
: "\${POSTGRES_DB:=$POSTGRES_USER}"
export PGDATA
if [ -n "\${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); fi
sockets=/var/run/postgresql
mkdir -p "$PGDATA" "$sockets"

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  account=$(id -u postgres 2>/dev/null || echo 999)
  group=$(id -g postgres 2>/dev/null || echo 999)
  chown -R "$account:$group" "$PGDATA" "$sockets"
  as="setpriv --reuid $account --regid $group --clear-groups --pdeathsig KILL --"
else
  as=
fi
chmod 700 "$PGDATA"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "\${POSTGRES_PASSWORD:-}" ] && [ "\${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    fail 'POSTGRES_PASSWORD is not set; set it, or POSTGRES_HOST_AUTH_METHOD=trust to let everybody in'
  fi
  passwords=$sockets/initdb-password
  (umask 077; printf '%s\\n' "\${POSTGRES_PASSWORD:-unused}" >"$passwords")
  [ -z "$as" ] || chown "$account" "$passwords"
  $as initdb --username="$POSTGRES_USER" --pwfile="$passwords" --auth-local=trust --auth-host=scram-sha-256 \\
    --encoding=UTF8 --locale=C \${POSTGRES_INITDB_ARGS:-} >/dev/null
  rm -f "$passwords"
  echo "host all all all \${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  $as pg_ctl -s -w -o "-c listen_addresses='' -c unix_socket_directories=$sockets" start >/dev/null
  sql() { psql -v ON_ERROR_STOP=1 --no-psqlrc -q -h "$sockets" -U "$POSTGRES_USER" "$@"; }
  if [ "$POSTGRES_DB" != postgres ]; then
    sql -d postgres -v db="$POSTGRES_DB" <<'SQL'
create database :"db";
SQL
  fi
  for script in /docker-entrypoint-initdb.d/*; do
    case "$script" in
      *.sh) . "$script" ;;
      *.sql) sql -d "$POSTGRES_DB" -f "$script" ;;
      *.sql.gz) gunzip -c "$script" | sql -d "$POSTGRES_DB" ;;
    esac
  done
  $as pg_ctl -s -w -m fast stop
fi

shift
exec $as postgres -c "listen_addresses=\${POD_IP:-127.0.0.1}" -c "unix_socket_directories=$sockets" "$@"
`;
