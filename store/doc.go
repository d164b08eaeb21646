// Package store keeps the company: people, skills, certificates, clients, projects,
// bookings and time off, on SQLite or PostgreSQL. It owns the tables, the queries,
// the transactions and the arithmetic of being free. It is the only folder that
// knows bun; everything above it sees plain structs and typed errors.
//
// Each entity is one file: its struct, its filter, its queries. Days are calendar days
// with the last day inclusive, as people write them; windows that queries are asked
// about are half-open (civil.Range). Times are UTC with microseconds.
package store
