-- +goose Up
alter table "exchange" add column "day" text not null default '';
alter table "exchange" add column "feedback" text not null default '';
alter table "exchange" add column "tools" text not null default '';
alter table "exchange" add column "search" text not null default '';
update "exchange" set
	"day" = date("at" / 1000000, 'unixepoch'),
	"tools" = coalesce((select ' ' || group_concat("value" ->> 'name', ' ') || ' ' from json_each("document", '$.tools')), ''),
	"search" = lower(coalesce("document" ->> 'question', '') || ' ' || coalesce("document" ->> 'answer', ''));
create index "exchange_kind_idx" on "exchange" ("kind", "at");

-- +goose Down
drop index "exchange_kind_idx";
alter table "exchange" drop column "search";
alter table "exchange" drop column "tools";
alter table "exchange" drop column "feedback";
alter table "exchange" drop column "day";
