// Package bench measures the built program: its speed beside bare programs
// (in bare), its rooms under load, its memory, its size and its start. `make
// bench` runs it. It has no code of its own.
package bench
