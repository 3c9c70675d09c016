// Package bench measures the built program: its speed beside a bare Fiber and
// pgx program (in bare), its memory, its size and its start. `make bench` runs
// it. It has no code of its own.
package bench
