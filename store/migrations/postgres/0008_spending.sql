-- +goose Up
create table "spending" (
	"day" text not null,
	"person" text not null,
	"questions" bigint not null,
	"tokens" bigint not null,
	primary key ("day", "person")
);

-- +goose Down
drop table "spending";
