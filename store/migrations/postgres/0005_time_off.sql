-- +goose Up
create table "time_off" (
	"id" text not null primary key,
	"userId" text not null references "user" ("id") on delete cascade,
	"kind" text not null check ("kind" in ('vacation', 'sick', 'parental', 'other')),
	"startsOn" date not null,
	"endsOn" date not null,
	"note" text,
	check ("endsOn" >= "startsOn")
);
create index "time_off_user_idx" on "time_off" ("userId", "startsOn", "endsOn");
create index "time_off_dates_idx" on "time_off" ("startsOn", "endsOn");

-- +goose Down
drop table "time_off";
