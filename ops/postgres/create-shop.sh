#!/bin/sh
# Creates the role and the database of the shop where PostgreSQL's image has made a new server. The shop's role is not the superuser: see "Deploy" in
# docs/operations.md.
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres --set=password="$SHOP_PASSWORD" <<'SQL'
create role jumun login password :'password';
create database jumun owner jumun template template0 encoding 'UTF8' locale 'C.UTF-8';
revoke connect, temporary on database jumun from public;
SQL
