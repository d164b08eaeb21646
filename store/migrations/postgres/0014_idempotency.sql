-- +goose Up
create table "idempotency" (
	"id" text not null primary key,
	"request" text not null,
	"row" jsonb not null,
	"createdAt" timestamptz not null
);
create index "idempotency_createdAt_idx" on "idempotency" ("createdAt");

-- +goose Down
drop table "idempotency";
