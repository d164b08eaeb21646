-- +goose Up
create table "skill" (
	"id" text not null primary key,
	"name" text not null unique,
	"description" text,
	"createdAt" timestamptz not null default current_timestamp,
	"updatedAt" timestamptz not null default current_timestamp,
	"aliases" jsonb not null default '[]'
);

create table "user_skill" (
	"id" text not null primary key,
	"userId" text not null references "user" ("id") on delete cascade,
	"skillId" text not null references "skill" ("id"),
	"acquiredAt" date,
	"level" integer check ("level" between 1 and 5),
	"confirmedBy" text references "user" ("id") on delete set null,
	"confirmedAt" timestamptz,
	"updatedAt" timestamptz not null default current_timestamp,
	unique ("userId", "skillId")
);
create index "user_skill_skill_idx" on "user_skill" ("skillId", "level", "userId");

-- +goose Down
drop table "user_skill";
drop table "skill";
