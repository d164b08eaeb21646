-- +goose Up
create table "exchange" (
	"id" text not null primary key,
	"at" bigint not null,
	"askerId" text not null,
	"conversation" text not null,
	"kind" text not null,
	"model" text not null,
	"failed" boolean not null,
	"document" jsonb not null
);
create index "exchange_at_idx" on "exchange" ("at");
create index "exchange_asker_idx" on "exchange" ("askerId", "at");
create index "exchange_conversation_idx" on "exchange" ("conversation", "at");

create table "project_details" (
	"projectId" text not null primary key references "project" ("id") on delete cascade,
	"revision" bigint not null default 1,
	"updatedAt" bigint not null,
	"document" jsonb not null
);

-- +goose Down
drop table "project_details";
drop table "exchange";
