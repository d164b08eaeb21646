-- +goose Up
-- Nothing was kept in the first form of these two tables.
drop table "audit";
drop table "proposal";

create table "proposal" (
	"id" text not null primary key,
	"turnId" text,
	"userId" text references "user" ("id") on delete cascade,
	"thread" text not null,
	"kind" text not null,
	"edits" jsonb not null,
	"card" jsonb not null,
	"state" text not null check ("state" in ('open', 'committing', 'committed', 'cancelled', 'superseded', 'expired', 'undone')),
	"expiresAt" timestamptz not null,
	"decidedBy" text references "user" ("id") on delete set null,
	"decidedAt" timestamptz,
	"createdAt" timestamptz not null default current_timestamp
);
create index "proposal_thread_idx" on "proposal" ("thread", "state");
create index "proposal_user_idx" on "proposal" ("userId", "state", "expiresAt");
create index "proposal_committing_idx" on "proposal" ("decidedAt") where "state" = 'committing';

create table "handshake" (
	"id" text not null primary key,
	"bookingId" text not null,
	"userId" text not null references "user" ("id") on delete cascade,
	"askedBy" text references "user" ("id") on delete set null,
	"proposalId" text not null,
	"state" text not null check ("state" in ('open', 'accepted', 'declined', 'suggested')),
	"note" text not null default '',
	"createdAt" timestamptz not null default current_timestamp,
	"decidedAt" timestamptz
);
create index "handshake_booking_idx" on "handshake" ("bookingId");
create index "handshake_user_idx" on "handshake" ("userId", "state");

create table "audit" (
	"id" text not null primary key,
	"at" timestamptz not null,
	"actor" text not null,
	"approver" text not null,
	"action" text not null check ("action" in ('create', 'update', 'delete', 'read')),
	"entity" text not null,
	"entityId" text not null,
	"before" jsonb,
	"after" jsonb,
	"origin" text not null,
	"turnId" text,
	"proposalId" text,
	"thread" text
);
create index "audit_entity_idx" on "audit" ("entity", "entityId", "at");
create index "audit_at_idx" on "audit" ("at", "id");
create index "audit_proposal_idx" on "audit" ("proposalId");

-- +goose StatementBegin
create function audit_is_append_only() returns trigger language plpgsql as $$
begin
	raise exception 'audit is append-only' using errcode = 'check_violation';
end
$$;
-- +goose StatementEnd
create trigger "audit_append_only" before update or delete or truncate on "audit" for each statement execute function audit_is_append_only();

alter table "turn" drop constraint "turn_origin_check";
alter table "turn" add constraint "turn_origin_check" check ("origin" in ('dm', 'channel', 'command', 'notice'));

-- +goose Down
delete from "turn" where "origin" = 'notice';
alter table "turn" drop constraint "turn_origin_check";
alter table "turn" add constraint "turn_origin_check" check ("origin" in ('dm', 'channel', 'command'));
drop table "audit";
drop function audit_is_append_only();
drop table "handshake";
drop table "proposal";
create table "proposal" (
	"id" text not null primary key,
	"turnId" text,
	"userId" text not null references "user" ("id") on delete cascade,
	"thread" text not null,
	"kind" text not null,
	"change" jsonb not null,
	"before" jsonb,
	"after" jsonb,
	"warnings" jsonb not null default '[]',
	"versions" jsonb not null default '{}',
	"state" text not null check ("state" in ('open', 'committed', 'cancelled', 'superseded', 'expired', 'undone')),
	"expiresAt" timestamptz not null,
	"decidedBy" text references "user" ("id") on delete set null,
	"decidedAt" timestamptz,
	"createdAt" timestamptz not null default current_timestamp
);
create index "proposal_thread_idx" on "proposal" ("thread", "state");
create index "proposal_user_idx" on "proposal" ("userId", "state", "expiresAt");
create table "audit" (
	"id" text not null primary key,
	"at" timestamptz not null default current_timestamp,
	"actor" text not null,
	"approver" text,
	"action" text not null,
	"entity" text not null,
	"entityId" text not null,
	"before" jsonb,
	"after" jsonb,
	"turnId" text,
	"proposalId" text,
	"thread" text
);
create index "audit_entity_idx" on "audit" ("entity", "entityId", "at");
create index "audit_at_idx" on "audit" ("at");
