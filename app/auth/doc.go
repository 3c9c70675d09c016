// Package auth is about people: accounts, passwords, sessions, the tokens that
// prove them, and who is the first administrator. Its rules know no HTTP and
// no SQL: it imports app, app/audit, app/rule, golang-jwt and x/crypto. The
// interfaces it calls stand in repository.go and ports.go.
package auth
