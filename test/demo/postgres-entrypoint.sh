#!/bin/sh
# Starts PostgreSQL from the same variables as the container image "postgres" does; PGDATA is made on the first start.
set -eu
: "${POSTGRES_PASSWORD:?expected the password of the superuser, found nothing: set it from a Secret}"
: "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}" "${PGDATA:=/var/lib/postgresql/data}"
export PGDATA

# PostgreSQL refuses to run as root, and initdb as a user without a name.
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R "$(id -u nobody):$(id -g nobody)" "$PGDATA"
  exec setpriv --reuid "$(id -u nobody)" --regid "$(id -g nobody)" --clear-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  printf '%s\n' "$POSTGRES_PASSWORD" |
    initdb --username="$POSTGRES_USER" --pwfile=/dev/stdin --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-instructions
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    printf 'CREATE DATABASE "%s"\n' "$(printf %s "$POSTGRES_DB" | sed 's/"/""/g')" | postgres --single postgres
  fi
fi

if [ "${1:-}" = postgres ]; then shift; fi
# Shared memory in files of PGDATA: a killed server then leaves nothing in /dev/shm.
postgres -c listen_addresses="${POD_IP:-*}" -c unix_socket_directories= -c dynamic_shared_memory_type=mmap "$@" &
server=$!
# TERM is how pods are asked to end, but makes PostgreSQL wait for its clients to leave; INT ends their sessions.
trap 'kill -INT "$server"' TERM INT
status=0
while kill -0 "$server" 2>/dev/null; do
  status=0
  wait "$server" || status=$?
done
exit "$status"
