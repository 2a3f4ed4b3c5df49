#!/bin/sh
# Creates the database of the shop and its owner, who is no superuser. The image of PostgreSQL runs it when it creates its cluster.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$JUMUN_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
create role jumun login password :'password';
create database jumun owner jumun template template0 encoding 'UTF8' locale 'C.UTF-8';
revoke connect, temporary on database jumun from public;
SQL
