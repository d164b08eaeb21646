-- +goose Up
create table "spending" (
	"day" text not null,
	"person" text not null,
	"questions" integer not null,
	"tokens" integer not null,
	primary key ("day", "person")
);

-- +goose Down
drop table "spending";
