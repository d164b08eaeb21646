-- +goose Up
create table "turn" (
	"id" text not null primary key,
	"team" text not null,
	"channel" text not null,
	"messageTs" text not null,
	"threadTs" text not null,
	"userId" text references "user" ("id") on delete set null,
	"asker" text not null,
	"question" text not null,
	"state" text not null check ("state" in ('received', 'running', 'answer_ready', 'sending', 'sent', 'failed', 'cancelled')),
	"answer" text,
	"error" text,
	"attempt" integer not null default 0,
	"createdAt" timestamp not null default current_timestamp,
	"updatedAt" timestamp not null default current_timestamp,
	unique ("team", "channel", "messageTs")
);
create index "turn_thread_idx" on "turn" ("team", "channel", "threadTs", "messageTs");
create index "turn_state_idx" on "turn" ("state", "updatedAt");

create table "outbox" (
	"id" text not null primary key,
	"turnId" text not null references "turn" ("id") on delete cascade,
	"part" integer not null,
	"kind" text not null,
	"channel" text not null,
	"payload" text not null,
	"state" text not null check ("state" in ('intent', 'sent', 'unknown', 'failed')),
	"messageTs" text,
	"attempt" integer not null default 0,
	"createdAt" timestamp not null default current_timestamp,
	"updatedAt" timestamp not null default current_timestamp,
	unique ("turnId", "kind", "part")
);
create index "outbox_state_idx" on "outbox" ("state", "createdAt");

create table "proposal" (
	"id" text not null primary key,
	"turnId" text,
	"userId" text not null references "user" ("id") on delete cascade,
	"thread" text not null,
	"kind" text not null,
	"change" text not null,
	"before" text,
	"after" text,
	"warnings" text not null default '[]',
	"versions" text not null default '{}',
	"state" text not null check ("state" in ('open', 'committed', 'cancelled', 'superseded', 'expired', 'undone')),
	"expiresAt" timestamp not null,
	"decidedBy" text references "user" ("id") on delete set null,
	"decidedAt" timestamp,
	"createdAt" timestamp not null default current_timestamp
);
create index "proposal_thread_idx" on "proposal" ("thread", "state");
create index "proposal_user_idx" on "proposal" ("userId", "state", "expiresAt");

create table "audit" (
	"id" text not null primary key,
	"at" timestamp not null default current_timestamp,
	"actor" text not null,
	"approver" text,
	"action" text not null,
	"entity" text not null,
	"entityId" text not null,
	"before" text,
	"after" text,
	"turnId" text,
	"proposalId" text,
	"thread" text
);
create index "audit_entity_idx" on "audit" ("entity", "entityId", "at");
create index "audit_at_idx" on "audit" ("at");

-- +goose Down
drop table "audit";
drop table "proposal";
drop table "outbox";
drop table "turn";
