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
	"edits" text not null,
	"card" text not null,
	"state" text not null check ("state" in ('open', 'committing', 'committed', 'cancelled', 'superseded', 'expired', 'undone')),
	"expiresAt" timestamp not null,
	"decidedBy" text references "user" ("id") on delete set null,
	"decidedAt" timestamp,
	"createdAt" timestamp not null default current_timestamp
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
	"createdAt" timestamp not null default current_timestamp,
	"decidedAt" timestamp
);
create index "handshake_booking_idx" on "handshake" ("bookingId");
create index "handshake_user_idx" on "handshake" ("userId", "state");

create table "audit" (
	"id" text not null primary key,
	"at" timestamp not null,
	"actor" text not null,
	"approver" text not null,
	"action" text not null check ("action" in ('create', 'update', 'delete', 'read')),
	"entity" text not null,
	"entityId" text not null,
	"before" text,
	"after" text,
	"origin" text not null,
	"turnId" text,
	"proposalId" text,
	"thread" text
);
create index "audit_entity_idx" on "audit" ("entity", "entityId", "at");
create index "audit_at_idx" on "audit" ("at", "id");
create index "audit_proposal_idx" on "audit" ("proposalId");

-- +goose StatementBegin
create trigger "audit_no_update" before update on "audit" begin
	select raise(abort, 'audit is append-only');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger "audit_no_delete" before delete on "audit" begin
	select raise(abort, 'audit is append-only');
end;
-- +goose StatementEnd

-- A constraint cannot be changed: the two tables are made anew, the one that refers to the other first.
create table "turn_new" (
	"id" text not null primary key,
	"team" text not null,
	"channel" text not null,
	"messageTs" text not null,
	"threadTs" text not null,
	"origin" text not null check ("origin" in ('dm', 'channel', 'command', 'notice')),
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
create table "outbox_new" (
	"turnId" text not null references "turn_new" ("id") on delete cascade,
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
insert into "turn_new" select * from "turn";
insert into "outbox_new" select * from "outbox";
drop table "outbox";
drop table "turn";
alter table "turn_new" rename to "turn";
alter table "outbox_new" rename to "outbox";
create index "turn_thread_idx" on "turn" ("team", "channel", "threadTs", "messageTs");
create index "turn_asker_idx" on "turn" ("team", "asker", "createdAt");
create index "turn_open_idx" on "turn" ("team", "channel", "threadTs") where "state" in ('received', 'running', 'answer_ready', 'sending');
create index "turn_record_idx" on "turn" ("updatedAt") where "record" is not null;
create index "turn_created_idx" on "turn" ("createdAt");

-- +goose Down
delete from "turn" where "origin" = 'notice';
create table "turn_new" (
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
create table "outbox_new" (
	"turnId" text not null references "turn_new" ("id") on delete cascade,
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
insert into "turn_new" select * from "turn";
insert into "outbox_new" select * from "outbox";
drop table "outbox";
drop table "turn";
alter table "turn_new" rename to "turn";
alter table "outbox_new" rename to "outbox";
create index "turn_thread_idx" on "turn" ("team", "channel", "threadTs", "messageTs");
create index "turn_asker_idx" on "turn" ("team", "asker", "createdAt");
create index "turn_open_idx" on "turn" ("team", "channel", "threadTs") where "state" in ('received', 'running', 'answer_ready', 'sending');
create index "turn_record_idx" on "turn" ("updatedAt") where "record" is not null;
create index "turn_created_idx" on "turn" ("createdAt");


drop table "audit";
drop table "handshake";
drop table "proposal";
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
