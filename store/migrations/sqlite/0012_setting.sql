-- +goose Up
-- What the program itself chooses once and every process of it must agree on.
create table "setting" (
	"name" text not null primary key,
	"value" text not null,
	"createdAt" timestamp not null default current_timestamp
);

-- +goose Down
drop table "setting";
