-- +goose Up
create table "client" (
	"id" text not null primary key,
	"name" text not null,
	"description" text
);

create table "project" (
	"id" text not null primary key,
	"name" text not null,
	"description" text,
	"startedAt" date,
	"endedAt" date,
	check ("endedAt" >= "startedAt")
);
create index "project_dates_idx" on "project" ("startedAt", "endedAt");

create table "client_project" (
	"id" text not null primary key,
	"clientId" text not null references "client" ("id"),
	"projectId" text not null references "project" ("id") on delete cascade,
	unique ("clientId", "projectId")
);
create index "client_project_project_idx" on "client_project" ("projectId");

create table "project_user" (
	"id" text not null primary key,
	"projectId" text not null references "project" ("id"),
	"userId" text not null references "user" ("id") on delete cascade,
	"roleId" text references "role" ("id"),
	"percent" integer not null default 100 check ("percent" between 1 and 100),
	"startsAt" date,
	"endsAt" date,
	"status" text not null default 'confirmed' check ("status" in ('confirmed', 'tentative')),
	"holdUntil" date,
	"provenance" text,
	check ("endsAt" >= "startsAt")
);
create index "project_user_user_idx" on "project_user" ("userId", "startsAt", "endsAt", "percent", "status", "projectId");
create index "project_user_project_idx" on "project_user" ("projectId", "userId");
create index "project_user_ends_idx" on "project_user" ("endsAt");

-- +goose Down
drop table "project_user";
drop table "client_project";
drop table "project";
drop table "client";
