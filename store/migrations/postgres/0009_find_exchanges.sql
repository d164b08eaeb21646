-- +goose Up
alter table "exchange" add column "day" text not null default '';
alter table "exchange" add column "feedback" text not null default '';
alter table "exchange" add column "tools" text not null default '';
alter table "exchange" add column "search" text not null default '';
update "exchange" set
	"day" = to_char(to_timestamp("at" / 1000000) at time zone 'UTC', 'YYYY-MM-DD'),
	"tools" = coalesce((select ' ' || string_agg(t ->> 'name', ' ') || ' ' from jsonb_array_elements("document" -> 'tools') t), ''),
	"search" = lower(coalesce("document" ->> 'question', '') || ' ' || coalesce("document" ->> 'answer', ''));
create index "exchange_kind_idx" on "exchange" ("kind", "at");

-- +goose Down
drop index "exchange_kind_idx";
alter table "exchange" drop column "search";
alter table "exchange" drop column "tools";
alter table "exchange" drop column "feedback";
alter table "exchange" drop column "day";
