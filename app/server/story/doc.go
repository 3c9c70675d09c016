// Package story holds the tests that tell whole stories: a built program, a
// real database, a model server, people with sockets, and what can go wrong
// between them. It has no code of its own.
package story
