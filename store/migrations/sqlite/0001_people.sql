-- +goose Up
create table "role" (
	"id" text not null primary key,
	"name" text not null,
	"description" text
);

create table "user" (
	"id" text not null primary key,
	"name" text not null,
	"email" text not null unique,
	"emailVerified" boolean not null default false,
	"image" text,
	"createdAt" timestamp not null default current_timestamp,
	"updatedAt" timestamp not null default current_timestamp,
	"access" text not null default 'staff' check ("access" in ('staff', 'manager', 'admin')),
	"roleId" text references "role" ("id"),
	"location" text,
	"timezone" text,
	"capacity" integer not null default 100 check ("capacity" between 0 and 100),
	"active" boolean not null default true
);
create index "user_name_idx" on "user" ("name");
create index "user_roleId_idx" on "user" ("roleId");
create index "user_location_idx" on "user" ("location");

create table "session" (
	"id" text not null primary key,
	"expiresAt" timestamp not null,
	"token" text not null unique,
	"createdAt" timestamp not null default current_timestamp,
	"updatedAt" timestamp not null,
	"ipAddress" text,
	"userAgent" text,
	"userId" text not null references "user" ("id") on delete cascade
);
create index "session_userId_idx" on "session" ("userId");

create table "account" (
	"id" text not null primary key,
	"accountId" text not null,
	"providerId" text not null,
	"userId" text not null references "user" ("id") on delete cascade,
	"accessToken" text,
	"refreshToken" text,
	"idToken" text,
	"accessTokenExpiresAt" timestamp,
	"refreshTokenExpiresAt" timestamp,
	"scope" text,
	"password" text,
	"createdAt" timestamp not null default current_timestamp,
	"updatedAt" timestamp not null,
	unique ("providerId", "accountId")
);
create index "account_userId_idx" on "account" ("userId");

create table "verification" (
	"id" text not null primary key,
	"identifier" text not null,
	"value" text not null,
	"expiresAt" timestamp not null,
	"createdAt" timestamp default current_timestamp,
	"updatedAt" timestamp default current_timestamp
);
create index "verification_identifier_idx" on "verification" ("identifier");

-- +goose Down
drop table "verification";
drop table "account";
drop table "session";
drop table "user";
drop table "role";
