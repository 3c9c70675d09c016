// Package rule says which values people may write: how long, in which
// characters, in which form they are kept. Its table is the only place with
// these numbers; services check by it, the contract's tests and the forms of
// the pages read it. It imports app, the standard library and x/text.
package rule
