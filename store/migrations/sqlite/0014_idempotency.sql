-- +goose Up
create table "idempotency" (
	"id" text not null primary key,
	"request" text not null,
	"row" text not null,
	"createdAt" timestamp not null
);
create index "idempotency_createdAt_idx" on "idempotency" ("createdAt");

-- +goose Down
drop table "idempotency";
