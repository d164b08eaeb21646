-- +goose Up
-- What a reviewer makes of an exchange, and where it was asked, beside the document.
alter table "exchange" add column "review" text not null default '';
alter table "exchange" add column "channel" text not null default '';
update "exchange" set "channel" = coalesce("document" ->> 'channel', '');
create index "exchange_review_idx" on "exchange" ("review", "at");
-- Pages go on behind a time and an id.
drop index "exchange_at_idx";
create index "exchange_at_idx" on "exchange" ("at", "id");

-- +goose Down
drop index "exchange_at_idx";
create index "exchange_at_idx" on "exchange" ("at");
drop index "exchange_review_idx";
alter table "exchange" drop column "channel";
alter table "exchange" drop column "review";
