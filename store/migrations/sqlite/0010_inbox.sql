-- +goose Up
-- Nothing was kept in the first form of these two tables. Times are microseconds since 1970.
drop table "outbox";
drop table "turn";

create table "turn" (
	"id" text not null primary key,
	"team" text not null,
	"channel" text not null,
	"messageTs" text not null,
	"threadTs" text not null,
	"origin" text not null check ("origin" in ('dm', 'channel', 'command')),
	"asker" text not null,
	"question" text not null,
	"state" text not null check ("state" in ('received', 'running', 'answer_ready', 'sending', 'sent', 'failed', 'cancelled')),
	"answer" text,
	"record" text,
	"cancel" text not null default '' check ("cancel" in ('', 'stopped', 'deleted')),
	"error" text not null default '',
	"attempt" integer not null default 0,
	"createdAt" integer not null,
	"updatedAt" integer not null,
	unique ("team", "channel", "messageTs")
);
create index "turn_thread_idx" on "turn" ("team", "channel", "threadTs", "messageTs");
create index "turn_asker_idx" on "turn" ("team", "asker", "createdAt");
create index "turn_open_idx" on "turn" ("team", "channel", "threadTs") where "state" in ('received', 'running', 'answer_ready', 'sending');
create index "turn_record_idx" on "turn" ("updatedAt") where "record" is not null;
create index "turn_created_idx" on "turn" ("createdAt");

create table "outbox" (
	"turnId" text not null references "turn" ("id") on delete cascade,
	"part" integer not null,
	"kind" text not null,
	"channel" text not null,
	"payload" text not null,
	"state" text not null check ("state" in ('intent', 'sent', 'unknown', 'failed')),
	"messageTs" text not null default '',
	"attempt" integer not null default 0,
	"updatedAt" integer not null,
	primary key ("turnId", "part")
);

-- +goose Down
drop table "outbox";
drop table "turn";
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
