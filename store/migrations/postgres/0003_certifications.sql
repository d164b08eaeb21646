-- +goose Up
create table "certification" (
	"id" text not null primary key,
	"name" text not null,
	"issuer" text
);

create table "user_certification" (
	"id" text not null primary key,
	"userId" text not null references "user" ("id") on delete cascade,
	"certId" text not null references "certification" ("id"),
	"issuedAt" date,
	"expiresAt" date,
	check ("expiresAt" >= "issuedAt")
);
create index "user_certification_user_idx" on "user_certification" ("userId", "certId");
create index "user_certification_cert_idx" on "user_certification" ("certId", "expiresAt");
create index "user_certification_expiry_idx" on "user_certification" ("expiresAt");

-- +goose Down
drop table "user_certification";
drop table "certification";
